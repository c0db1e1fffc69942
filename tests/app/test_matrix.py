"""Who x what x when: each cell of two tables is one test, pages in what they send, routes in what they answer."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from pages.shared import resources
from pages.shared import routes as data_routes
from pages.shared.account import routes as sign_in_routes
from reader_study.access import accounts
from reader_study.report import bundle
from reader_study.statistics import comparison
from reader_study.study.design import Role
from tests.support import matrix_worlds
from tests.support.app_pages import sent
from tests.support.app_study import KEY, WEIGHTS
from tests.support.desk_client import DeskClient
from tests.support.matrix_worlds import AIDED, FINISHED, TITLE, UNAIDED, WHO, World

FOLDER = Path(__file__).resolve().parents[2] / "pages"
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
    "d": "/data/{study}/{next}/draft/unaided/0", "k": "/data/{study}/{next}/draft/aided/0",  # keeps a draft: PUT
    "D": "/data/{study}/{far}/draft/unaided/0",
    "l": "/data/{study}/{next}/lock/unaided/0", "L": "/data/{study}/{next}/lock/aided/0",  # says what is missing: POST
    "o": "/data/{study}/{read}/correction/unaided/0",  # says what is missing: POST
    "s": "/data/{study}/desk",  # where the reader stands: POST
}
ANSWERS = {
    # scan of the next case, after it, far down, read; brain: next, far; map: next, read; exports; draft of a read; its
    # lock; correction; where the reader stands
    "draft": {
        UNAIDED: "---- -- -- ------ --- -- - s",
        AIDED: "---- -- -- ------ --- -- - s",
        BOSS: "nafr bB mM ------ --- -- - -",
    },
    "open": {
        UNAIDED: "na-r b- -M ------ d-- l- o s",
        AIDED: "na-r b- mM ------ -k- lL o s",
        FINISHED: "nafr bB mM ------ --- lL o s",
        BOSS: "nafr bB mM ------ --- -- - -",
    },
    "closed": {
        UNAIDED: "na-r b- -M ------ --- -- o s",
        AIDED: "na-r b- mM ------ --- l- o s",
        FINISHED: "nafr bB mM ------ --- lL o s",
        BOSS: "nafr bB mM ------ --- -- - -",
    },
    "unlocked": {
        UNAIDED: "na-r b- -M ------ --- -- o s",
        AIDED: "na-r b- mM ------ --- l- o s",
        FINISHED: "nafr bB mM czehpg --- lL o s",
        BOSS: "nafr bB mM czehpg --- -- - -",
    },
    "demo": {
        UNAIDED: "na-r b- -M ------ d-- l- o s",
        AIDED: "na-r b- mM ------ -k- lL o s",
        FINISHED: "nafr bB mM czehpg --- lL o s",
        BOSS: "nafr bB mM czehpg --- -- - -", DEMO_BOSS: "nafr bB mM czehpg --- -- - -",
    },
    "unaided only": {
        UNAIDED: "na-r b- -- ------ d-- l- o s",
        FINISHED: "nafr bB -- ------ --- l- o s",
        BOSS: "nafr bB mM ------ --- -- - -",
    },
    "crossover": {
        UNAIDED: "na-- b- -- ------ d-- l- o s",
        AIDED: "na-- b- m- ------ -k- -L o s",
        FINISHED: "---- -- -- ------ --- -L - s",
        BOSS: "nafr bB mM ------ --- -- - -",
    },
}
"""Whoever is not named is refused everything."""

# Pages: a letter each, for welcome, read, review, compare, study (Coordinate) and models

PAGES = ("welcome", "read", "review", "compare", "coordinate", "models")
SHOWN = {
    "draft": {
        UNAIDED: "+wwwxx", AIDED: "+wwwxx", BOSS: "+xmw++",
    },
    "open": {
        UNAIDED: "+UOwxx", AIDED: "+AOwxx", FINISHED: "+wOwxx", BOSS: "+xmw++",
    },
    "closed": {
        UNAIDED: "+wOwxx", AIDED: "+wOwxx", FINISHED: "+wOwxx", BOSS: "+xmw++",
    },
    "unlocked": {
        UNAIDED: "+wOwxx", AIDED: "+wOwxx", FINISHED: "+wR+xx", BOSS: "+xR+++",
    },
    "demo": {
        UNAIDED: "+UOwxx", AIDED: "+AOwxx", FINISHED: "+wR+xx", BOSS: "+xR+++", DEMO_BOSS: "+xR+++",
    },
    "unaided only": {
        UNAIDED: "+Uowxx", FINISHED: "+wowxx", BOSS: "+xmw++",
    },
    "crossover": {
        UNAIDED: "+Uwwxx", AIDED: "+Awwxx", FINISHED: "+wwwxx", BOSS: "+xmw++",
    },
}
"""Whoever is not named has the row of `ELSEWHERE`, whatever the state; the two last states are of other designs, and
walked for the study's own people."""
ELSEWHERE = {"anonymous": "------", STRANGER: "eeeexx", STRANGE_BOSS: "exeee+", DEMO_BOSS: "exeee+"}

MODEL, TRUTH, READS = (WEIGHTS, "/map/"), ("Reference standard", "71.25"), ("Reads of this case",)
OF_A_CASE = ("case-00", "/volume", *MODEL, *TRUTH, *READS)
LETTERS = {  # what stands there, and what does not
    "-": (("auth/login",), (TITLE, *OF_A_CASE)),  # only the way in
    "x": (("This page is for",), (TITLE, *OF_A_CASE)),  # not for this role
    "w": (("format: INFO",), OF_A_CASE),  # a sentence why not, or not yet
    "e": ((), (TITLE, "case-00", f"/{KEY}/", *TRUTH)),  # the same page of another study, their own
    "U": (("/volume", "format: READ"), (*MODEL, *TRUTH, *READS)),  # an unaided read
    "A": (("/volume", "format: READ", *MODEL), (*TRUTH, *READS)),  # an aided read, with the model's map
    "o": (("/volume", *READS), (*MODEL, *TRUTH)),  # own reads
    "O": (("/volume", *READS, *MODEL), TRUTH),  # own reads, with the model's output of their cases
    "m": (("/volume", *MODEL), (*TRUTH, *READS)),  # all cases with the model's output, nobody's reads
    "R": (("/volume", *MODEL, *TRUTH, *READS), ()),  # everybody's reads and the truth
    "+": ((), TRUTH),  # what the page is for
}
HEADINGS = {"welcome": TITLE, "compare": "Readers and models on the same cases", "coordinate": TITLE,
            "models": "Weights at hand"}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, World]]:
    """Every state, made once."""
    with pytest.MonkeyPatch.context() as patch:
        scan = matrix_worlds.case_folder(tmp_path_factory.mktemp("scan"), patch)
        made = {state: matrix_worlds.made(state, tmp_path_factory.mktemp("world"), scan) for state in ANSWERS}
    yield made
    for world in made.values():
        world.store.close()


FORM_ACTS = {"draft": "PUT", "lock": "POST", "correction": "POST", "desk": "POST"}
OURS = {"origin": "http://testserver"}


def cells_of_routes() -> list[tuple[str, str, str, bool]]:
    """State, who, column and whether it answers, for each cell."""
    return [(state, who, column, column in row.get(who, ""))
            for state, row in ANSWERS.items() for who in WHO if occurs(state, who) for column in ROUTES]


def cells_of_pages() -> list[tuple[str, str, str, str]]:
    """State, who, page and its letter, for each cell."""
    return [(state, who, page, letter) for state, row in SHOWN.items() for who in WHO
            if occurs(state, who) and (who in row or state not in ("unaided only", "crossover"))
            for page, letter in zip(PAGES, row.get(who) or ELSEWHERE[who], strict=True)]


def occurs(state: str, who: str) -> bool:
    """Whether there can be such a person in a state: nobody has finished in a draft, nothing is aided without aid."""
    return (state, who) not in {("draft", FINISHED), ("unaided only", AIDED)}


@pytest.fixture(scope="module")
def client() -> TestClient:
    """A browser on our own routes."""
    return TestClient(Starlette(routes=[*sign_in_routes.ROUTES, *data_routes.ROUTES]), follow_redirects=False)


def ask(client: TestClient, world: World, who: str, address: str):
    """The answer of a route to a person; a form is sent as the read page does."""
    client.cookies.clear()
    if token := world.tokens[who]:
        client.cookies.set(resources.COOKIE, token)
    address = address.format(study=KEY, **world.cases[who])
    act = next((act for act in FORM_ACTS if f"/{act}" in address), None)
    if act is None:
        return client.get(address)
    person = accounts.person(world.store, token)
    form = {"reader": person and person.username, "tab": "a tab", "form": "a form", "revision": 0, "save": 1,
            "answers": {}, "viewing": {}, "leaving": True}
    more = {"lock": {"press": "a press", "shown": WEIGHTS if "/aided/" in address else ""}, "desk": {"take": True}}
    return client.request(FORM_ACTS[act], address, json=form | more.get(act, {}), headers=OURS)


@pytest.mark.parametrize(("state", "who", "column", "allowed"), cells_of_routes())
def test_a_route_answers_as_the_table_says(worlds, client, monkeypatch, state, who, column, allowed):
    world = worlds[state]
    world.use(monkeypatch)
    for made_of_results in ((comparison, "all_tables"), (bundle, "files")):
        monkeypatch.setattr(*made_of_results, lambda *_, **__: {})
    monkeypatch.setattr(bundle, "one_report", lambda *_, **__: b"report")
    answer, unknown = ask(client, world, who, ROUTES[column]), client.get("/data/none/none/volume")
    if allowed:
        assert answer.status_code in (200, 409, 422)  # locked already, or what the form lacks
    else:
        refusal = answer.status_code, answer.content, answer.headers
        assert refusal == (404, unknown.content, unknown.headers)


def desk_of(world: World, who: str) -> str:
    """What the desk on the Read page tells a person, in their own study."""
    person = accounts.person(world.store, world.tokens[who])
    told = DeskClient(world.tokens[who], study=person.study_key).sit_down(take=True).told
    return json.dumps(told) + f" format: {'READ' if told['state'] == 'read' else 'INFO'}"


@pytest.mark.parametrize(("state", "who", "name", "letter"), cells_of_pages())
def test_a_page_shows_what_the_table_says(worlds, monkeypatch, state, who, name, letter):
    world = worlds[state]
    world.use(monkeypatch)
    monkeypatch.setattr(resources, "session_token", lambda: world.tokens[who])
    page = AppTest.from_file(FOLDER / f"{name}.py", default_timeout=120).run()
    assert [error.message for error in page.exception] == []
    told = sent(page) + (desk_of(world, who) if "/desk" in sent(page) else "")
    there, not_there = LETTERS[letter]
    own = (HEADINGS[name],) if letter == "+" else ()
    others = () if letter in "R+" else tuple(reader for reader in (UNAIDED, AIDED, FINISHED) if reader != who)
    assert [part for part in (*there, *own) if part not in told] == []
    assert [part for part in (*not_there, *others) if part in told] == []


# Sign-in forms, filled in by someone who knows no secret: whom they make of anyone, whoever is signed in already

FORMS = {"login": None, "invite": None, "setup": None, "enter": None, "logout": None,
         "join": Role.READER, "demo": Role.COORDINATOR}  # the open doors, which lead into the demo study only


def post_form(client: TestClient, world: World, who: str, form: str, origin: str):
    """The answer to a sign-in form."""
    client.cookies.clear()
    if form != "logout" and world.tokens[who]:  # a sign-out would end the session for the other tests
        client.cookies.set(resources.COOKIE, world.tokens[who])
    fields = {"username": UNAIDED, "password": "a wrong password", "token": "guess", "ticket": "guess",
              "display_name": f"New {who}", "study_key": "new", "study_title": "New"}
    return client.post(f"/auth/{form}", data=fields, headers={"origin": origin})


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("state", "demo_study"), [("open", matrix_worlds.SHOW), ("demo", KEY)])
def test_a_form_without_a_secret_opens_the_demo_at_most(worlds, client, monkeypatch, state, demo_study, form, who):
    world = worlds[state]
    world.use(monkeypatch)
    assert post_form(client, world, who, form, "http://elsewhere").status_code == 403
    answer = post_form(client, world, who, form, "http://testserver")
    someone = accounts.person(world.store, answer.cookies.get(resources.COOKIE))
    assert (someone and (someone.study_key, someone.role)) == (FORMS[form] and (demo_study, FORMS[form]))
