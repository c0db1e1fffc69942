"""Who x what x when: each cell of two tables is one test, pages in what they send, routes in what they answer."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from pages.shared import data_routes, resources
from reader_study import passwords
from tests import matrix_worlds
from tests.app_study import KEY, WEIGHTS
from tests.matrix_worlds import AIDED, CASES, FINISHED, TITLE, UNAIDED, WHO, World

PAGES = Path(__file__).resolve().parents[1] / "pages"
STRANGER, BOSS, STRANGE_BOSS, DEMO_BOSS = WHO[4:]

# Routes: a column each; its letter where the route answers, - where it is the one 404

MAP = f"map/{WEIGHTS}/guided_grad_cam/prognosis"
ROUTES = {
    "n": "/data/{study}/{next}/volume", "a": "/data/{study}/{after}/volume", "f": "/data/{study}/{far}/volume",
    "r": "/data/{study}/{read}/volume",
    "b": "/data/{study}/{next}/brain", "B": "/data/{study}/{far}/brain",
    "m": f"/data/{{study}}/{{next}}/{MAP}", "M": f"/data/{{study}}/{{read}}/{MAP}",
    "c": "/export/{study}/performance.csv", "z": "/export/{study}/tables.zip", "e": "/export/{study}/everything.zip",
    "h": "/export/{study}/report.html", "p": "/export/{study}/report.pdf", "g": "/export/{study}/figures/roc.svg",
    "d": "/data/{study}/{next}/draft/unaided/0", "k": "/data/{study}/{next}/draft/aided/0",  # keeps a draft: POST
    "D": "/data/{study}/{far}/draft/unaided/0",
}
NOTHING = "---- -- -- ------ ---"
ANSWERS = {
    # scan of the next case, after it, far down, read; brain: next, far; map: next, read; exports; draft of a read
    "draft": {
        UNAIDED: NOTHING, AIDED: NOTHING, BOSS: "nafr bB mM ------ ---",
    },
    "open": {
        UNAIDED: "na-r b- -M ------ d--", AIDED: "na-r b- mM ------ -k-", FINISHED: "nafr bB mM ------ ---",
        BOSS: "nafr bB mM ------ ---",
    },
    "closed": {
        UNAIDED: "na-r b- -M ------ ---", AIDED: "na-r b- mM ------ ---", FINISHED: "nafr bB mM ------ ---",
        BOSS: "nafr bB mM ------ ---",
    },
    "unlocked": {
        UNAIDED: "na-r b- -M ------ ---", AIDED: "na-r b- mM ------ ---", FINISHED: "nafr bB mM czehpg ---",
        BOSS: "nafr bB mM czehpg ---",
    },
    "demo": {
        UNAIDED: "na-r b- -M ------ d--", AIDED: "na-r b- mM ------ -k-", FINISHED: "nafr bB mM czehpg ---",
        BOSS: "nafr bB mM czehpg ---", DEMO_BOSS: "nafr bB mM czehpg ---",
    },
    "unaided only": {
        UNAIDED: "na-r b- -- ------ d--", FINISHED: "nafr bB -- ------ ---", BOSS: "nafr bB mM ------ ---",
    },
    "crossover": {
        UNAIDED: "na-- b- -- ------ d--", AIDED: "na-- b- m- ------ -k-", FINISHED: NOTHING,
        BOSS: "nafr bB mM ------ ---",
    },
}
"""Whoever is not named is refused everything."""

# Pages: a letter each, for welcome, read, review, compare, study (Coordinate) and models

LETTERS = {
    "-": "only the way in", "x": "not for this role", "w": "a sentence why not, or not yet", "e": "their own, other study",
    "+": "what the page is for", "U": "an unaided read", "A": "an aided read: with the model's map",
    "o": "own reads", "m": "every case with the model's output, no reads, no truth", "R": "all reads and the truth",
}
"""What stands on a page, and what may not."""


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, World]]:
    """Every state, made once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        scan = matrix_worlds.case_folder(tmp_path_factory.mktemp("scan"), patch)
        made = {state: matrix_worlds.made(state, tmp_path_factory.mktemp("world"), scan) for state in ANSWERS}
    yield made
    for world in made.values():
        world.store.close()


def cells(table: dict[str, dict[str, str]], columns: str) -> list[tuple[str, str, str, bool]]:
    """State, who, column and whether it is allowed, for each cell of a table of routes."""
    return [(state, who, column, column in row.get(who, ""))
            for state, row in table.items() for who in WHO if occurs(state, who) for column in columns]


def occurs(state: str, who: str) -> bool:
    """Whether there can be such a person in a state: nobody has finished in a draft, nothing is aided without aid."""
    return (state, who) not in {("draft", FINISHED), ("unaided only", AIDED)}


def ask(client: TestClient, world: World, who: str, address: str):
    """The answer of a route to a person; drafts are posted as the read page does."""
    client.cookies.clear()
    if token := world.tokens[who]:
        client.cookies.set(resources.COOKIE, token)
    address = address.format(study=KEY, **world.cases[who])
    if "/draft/" not in address:
        return client.get(address)
    sent = {"tab": "a tab", "answers": {"comment": "seen"}, "viewing": {}, "leaving": True}
    return client.post(address, json=sent, headers={"origin": "http://testserver"})


@pytest.mark.parametrize(("state", "who", "column", "allowed"), cells(ANSWERS, "".join(ROUTES)))
def test_a_route_answers_as_the_table_says(worlds, monkeypatch, state, who, column, allowed):
    world = worlds[state]
    world.use(monkeypatch)
    client = TestClient(Starlette(routes=data_routes.ROUTES))
    answer, unknown = ask(client, world, who, ROUTES[column]), client.get("/data/none/none/volume")
    if allowed:
        assert answer.status_code in (200, 204)
    else:
        refusal = answer.status_code, answer.content, answer.headers
        assert refusal == (404, unknown.content, unknown.headers)
