import os

from roar_client import AuthenticatedClient
from roar_client.api.shows import get_mood
from roar_client.api.studio import create_poll
from roar_client.models import Choice, NewPoll

client = AuthenticatedClient(
    base_url=os.environ["ROAR_URL"],
    token=os.environ["ROAR_TOKEN"],
    raise_on_unexpected_status=True,
)
mood = get_mood.sync("final", client=client)
poll = create_poll.sync(
    "final",
    client=client,
    body=NewPoll(
        poll=os.environ["ROAR_POLL"],
        question="Who was the best?",
        choices=[Choice(choice="anna", title="Anna"), Choice(choice="ben", title="Ben")],
        opens=int(os.environ["ROAR_OPENS"]),
    ),
)
print(mood.at, mood.total, mood.top[0][0], poll.state.value, poll.opens)
