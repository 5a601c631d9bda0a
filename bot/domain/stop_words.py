"""Words of four letters or more that say nothing of what a comment is about, in English, Norwegian and German."""

from typing import Final

ENGLISH: Final = """
about after again also always anything because been before being better between both could does doing done down during each
even ever every from good have having here into just like made make makes many more most much must need needs never nothing
often only other others over really same shall should since some something still such sure than thank thanks that their them
then there these they thing things think this those through time under until used very want well were what when where whether
which while will with within without work would your
"""
NORWEGIAN: Final = """
alle allerede alltid andre bare blir bort burde både denne dere deres dersom dette disse eller enda etter flere fordi fram
første gang ganske gjerne gjorde gjort gjør gjøre hadde hans hele helt hennes hver hvem hvilke hvis hvor hvordan hvorfor
igjen ikke ingen ingenting innen kanskje kunne langt litt mange mellom mens mest mindre mine mitt mulig mye måtte noen
noensinne nokså også over samme selv siden sine sitt skal skulle slik slike større synes tror under uten veldig ville være
vært våre
"""
GERMAN: Final = """
aber alle allem allen aller alles also andere anderen auch beim beide beiden bitte dabei dafür dann daran darauf daraus darum
dass davon dazu deine dem denen denn deren deshalb dessen diese diesem diesen dieser dieses doch dort durch eben eher eine
einem einen einer eines einfach einige einigen einmal etwas euch eure für ganz gegen gerade gerne gibt habe haben hatte hatten
hier hinter ihnen ihre ihrem ihren ihrer immer indem jede jedem jeden jeder jedes jedoch jemand jetzt kann kein keine keinen
können könnte leider macht machen mehr meine meinem meinen meiner meist mich möchte müssen nach nicht nichts noch oder ohne
schon sehr sein seine seinem seinen seiner seit sich sind solche soll sollen sollte sollten sondern sonst über unser unsere
unseren unter viel viele vielen vielleicht vom waren warum weil welche wenig weniger wenn werde werden wieder will wird wirklich
wollen wurde wurden würde würden zwar zwischen
"""
STOP_WORDS: Final = frozenset(f"{ENGLISH} {NORWEGIAN} {GERMAN}".split())
"""Left out of what comments have in common."""
