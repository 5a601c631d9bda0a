"""Who works in the playground unless somebody brings their own team."""

from playground.workspace import Channel, Clock, Person, Usergroup, Workspace, real_time


def people() -> list[Person]:
    """Plainly fictional people, one for each role that measures AI and ML work."""
    return [
        Person("U0ADMIN", "ada", "Ada", "Platform lead, admin", "Europe/Oslo", is_admin=True, avatar_color="#7a4fbf"),
        Person("U0MLENG", "milo", "Milo", "ML engineer", "Europe/Oslo", avatar_color="#2f7d6d"),
        Person("U0SRE", "sana", "Sana", "Site reliability engineer", "Asia/Kolkata", avatar_color="#b4552d"),
        Person("U0PRODUCT", "petra", "Petra", "Product manager", "Europe/London", avatar_color="#2d6cb4"),
        Person("U0EXEC", "elias", "Elias", "Chief product officer", "America/New_York", avatar_color="#8a6d1d"),
        Person("U0RISK", "rosa", "Rosa", "Risk officer", "Europe/Zurich", avatar_color="#a63d57"),
        Person("U0DATA", "dev", "Dev", "Data engineer", "Australia/Lord_Howe", avatar_color="#4d6b1f"),
    ]


def channels() -> list[Channel]:
    """Where they talk."""
    everybody = [p.id for p in people()]
    return [
        Channel("C0GENERAL", "general", topic="Everything and everybody", members=everybody),
        Channel("C0MLOPS", "ml-ops", topic="Models in production", members=["U0ADMIN", "U0MLENG", "U0SRE", "U0DATA"]),
        Channel(
            "C0INCIDENTS",
            "incidents",
            topic="What is broken, and who is on it",
            members=["U0ADMIN", "U0MLENG", "U0SRE", "U0DATA"],
        ),
        Channel("C0PRODUCT", "product-ai", topic="What AI does for the product", members=["U0PRODUCT", "U0MLENG", "U0EXEC"]),
        Channel("C0LEADERS", "leadership", topic="Month by month", members=["U0EXEC", "U0PRODUCT", "U0RISK", "U0ADMIN"]),
        Channel("C0RISK", "risk-board", is_private=True, topic="Risk and compliance", members=["U0RISK", "U0EXEC", "U0ADMIN"]),
        Channel("C0BAROADM", "barometer-admin", is_private=True, topic="How Barometer itself does", members=["U0ADMIN"]),
        Channel("C0ATTIC", "old-experiments", topic="Closed", members=["U0DATA"], is_archived=True),
    ]


def example_team(clock: Clock = real_time) -> Workspace:
    """A new workspace with that team in it."""
    workspace = Workspace(people(), channels(), clock)
    group = Usergroup("S0MLOPS", "ml-oncall", "ML on call", ["U0MLENG", "U0SRE"])
    workspace.usergroups[group.id] = group
    return workspace
