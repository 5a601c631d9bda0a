"""files.*: upload in three steps, and what the bot may know of a file."""

import mimetypes
import secrets
from urllib.parse import quote

from playground import posting
from playground.errors import SlackError
from playground.slack import Slack
from playground.web_api.call import Call, Method, refused
from playground.web_api.messages import checked_blocks, thread_of
from playground.workspace import Channel, Json, StoredFile, new_id

MOST_BYTES = 1_000_000_000


def get_upload_url(call: Call) -> Json:
    """files.getUploadURLExternal: an address for the bytes, good for one upload."""
    name, length = call.need("filename", "length")
    if not length.isdigit() or not 0 < int(length) <= MOST_BYTES:
        raise refused([f"[ERROR] length must be from 1 to {MOST_BYTES} [json-pointer:/length]"])
    file = store(call.slack, name, b"", call.slack.app.bot_user_id)
    ticket = secrets.token_urlsafe(24)
    call.slack.upload_tickets[ticket] = file.id
    return {"upload_url": f"{call.slack.base_url}/upload/v1/{ticket}", "file_id": file.id}


def complete_upload(call: Call) -> Json:
    """files.completeUploadExternal: shares what was uploaded."""
    wanted = call.parsed("files")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(f, dict) and f.get("id") for f in wanted):
        raise refused(["[ERROR] files must be a list of {id, title} [json-pointer:/files]"])
    files = [_uploaded(call, f) for f in wanted]
    targets = [c for c in (call.text("channel_id") or call.text("channels")).split(",") if c]
    for channel_id in targets:
        _share(call, Call(call.slack, call.method, {**call.args, "channel": channel_id}), files)
    return {"files": [described(call.slack, f) for f in files]}


def info(call: Call) -> Json:
    """files.info."""
    return {"file": described(call.slack, _visible(call, call.text("file"))), "comments": []}


def delete(call: Call) -> Json:
    """files.delete: the bot's own files only."""
    file = _visible(call, call.text("file"))
    if file.user != call.slack.app.bot_user_id:
        raise SlackError("cant_delete_file")
    del call.slack.workspace.files[file.id]
    return {}


def store(slack: Slack, name: str, content: bytes, user: str) -> StoredFile:
    """Keep a file; nobody sees it before it is shared."""
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    created = int(slack.workspace.now().timestamp())
    file = StoredFile(new_id("F"), name, name, content, kind, user, created)
    slack.workspace.files[file.id] = file
    return file


def visible_to_bot(slack: Slack, file: StoredFile) -> bool:
    """Whether a file is the bot's own, or stands in a conversation that the bot is in."""
    shared = (slack.workspace.channel(c) for c in file.channels)
    return file.user == slack.app.bot_user_id or any(slack.app.is_in(c) for c in shared)


def tell_shared(slack: Slack, file: StoredFile, channel: Channel) -> None:
    """Tell the app that a file stands in a conversation that it is in."""
    file.channels.append(channel.id)
    if slack.app.is_in(channel):
        event: Json = {"type": "file_shared", "file_id": file.id, "user_id": file.user, "file": {"id": file.id}}
        slack.courier.event({**event, "channel_id": channel.id})


def describe_and_share(slack: Slack, file: StoredFile, channel: Channel) -> Json:
    """Share a person's file in a conversation; the file as Slack shows it."""
    tell_shared(slack, file, channel)
    return described(slack, file)


def described(slack: Slack, file: StoredFile) -> Json:
    """A file as Slack shows it."""
    suffix = file.name.rsplit(".", 1)[-1].lower() if "." in file.name else "binary"
    private = f"{slack.base_url}/files-pri/{slack.workspace.team_id}-{file.id}"
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype,
        "filetype": suffix,
        "pretty_type": suffix.upper(),
        "user": file.user,
        "size": len(file.content),
        "mode": "hosted",
        "is_external": False,
        "is_public": False,
        "url_private": f"{private}/{quote(file.name)}",
        "url_private_download": f"{private}/download/{quote(file.name)}",
        "permalink": f"{slack.base_url}/files/{file.user}/{file.id}/{quote(file.name)}",
        "channels": [c for c in file.channels if not c.startswith("D")],
        "ims": [c for c in file.channels if c.startswith("D")],
        "groups": [],
        "file_access": "visible",
    }


def _uploaded(call: Call, wanted: Json) -> StoredFile:
    file = call.slack.workspace.files.get(str(wanted["id"]))
    if file is None or not file.content or file.user != call.slack.app.bot_user_id:
        raise SlackError("file_not_found")
    file.title = str(wanted.get("title") or file.name)
    return file


def _share(call: Call, target: Call, files: list[StoredFile]) -> None:
    channel = target.joined_channel()
    posting.require_writable(channel)
    message: Json = {"text": call.text("initial_comment"), "files": [described(call.slack, f) for f in files], "upload": True}
    if blocks := call.parsed("blocks"):
        message["blocks"] = checked_blocks(blocks)
    message |= thread_of(target, channel)
    for file in files:
        tell_shared(call.slack, file, channel)
    posting.post(call.slack, channel, posting.as_bot(call.slack, message))


def _visible(call: Call, file_id: str) -> StoredFile:
    """A file that the bot may see: its own, or one in a conversation that it is in."""
    file = call.slack.workspace.files.get(file_id)
    if file is None or not visible_to_bot(call.slack, file):
        raise SlackError("file_not_found")
    return file


METHODS = {
    "files.getUploadURLExternal": Method(get_upload_url, 4, ("files:write",)),
    "files.completeUploadExternal": Method(complete_upload, 4, ("files:write",)),
    "files.info": Method(info, 4, ("files:read",)),
    "files.delete": Method(delete, 3, ("files:write",)),
}
