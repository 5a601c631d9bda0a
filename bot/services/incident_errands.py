"""Everything that the workspace is asked for because of incidents, by the kind of errand."""

from collections.abc import Mapping

from bot.services import Services, errands, incident_channels, incident_marks

ACTS: Mapping[str, errands.Act] = {incident_marks.KIND: incident_marks.ACT, **incident_channels.ACTS}


def run(services: Services, workspace: errands.Workspace, errand_id: str) -> None:
    """Do one errand."""
    errands.run(services, workspace, ACTS, errand_id)
