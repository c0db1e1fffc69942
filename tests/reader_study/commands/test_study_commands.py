"""`python -m reader_study`: each command does its work, and a refusal is one sentence, exit code 2 and nothing left."""

import re

import pytest

from reader_study.__main__ import main
from reader_study.access import accounts, profiles
from reader_study.store.workspace import at, from_environment
from reader_study.study.design import Design, Role, Study
from tests.support.simple_head import head_hu, written
from tests.support.small_study import prediction_of, small_case


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """The workspace that the environment names; it is not there yet. Its name needs care in a URL."""
    root = tmp_path / "my data 100% #1"
    monkeypatch.setenv("ICH_WORKSPACE", str(root))
    monkeypatch.delenv("ICH_DATABASE_URL", raising=False)
    return at(root)


@pytest.fixture
def study(workspace, capsys):
    """A study "one" made by the command."""
    assert main(["init", "one", "--title", "The first", "--design", "sequential"]) == 0
    capsys.readouterr()
    return workspace.existing_store()


def test_init_creates_the_study_and_invites_its_coordinator(workspace, capsys):
    assert main(["init", "one", "--title", "The first", "--seed", "5"]) == 0
    token = re.search(r"/\?invite=(\S+)", capsys.readouterr().out)[1]
    store = workspace.existing_store()
    assert (store.study("one").title, store.study("one").seed) == ("The first", 5)
    assert accounts.invited(store, token).role is Role.COORDINATOR


def test_init_takes_the_definition_of_a_file(workspace, tmp_path, capsys):
    (tmp_path / "study.toml").write_text('title = "From a file"\ndesign = "crossover"\nwashout_days = 28\n')
    assert main(["init", "one", "--seed", "5", "--file", str(tmp_path / "study.toml")]) == 0
    assert workspace.existing_store().study("one") == Study(
        key="one", title="From a file", seed=5, design=Design.CROSSOVER, washout_days=28)


def test_init_needs_a_title_or_a_file(workspace, capsys):
    assert main(["init", "one"]) == 2
    assert capsys.readouterr().err == "init: expected --title TITLE, or --file study.toml\n"


def test_a_study_says_each_reason_why_it_cannot_open(study, capsys):
    assert main(["open", "one"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "Study one cannot open yet:", "There are no cases to read: import scans.",
        "There are no readers: invite at least one.",
    ]
    assert not study.state("one").opened


def test_a_study_that_has_all_it_needs_opens_and_closes(study, capsys):
    study.add_case("one", small_case("case-001"))
    study.add_prediction("one", prediction_of("case-001"))
    main(["add-reader", "one", "ana"])
    assert "Study one is open" in run("open one", capsys)
    assert "Study one is closed" in run("close one", capsys)
    assert study.state("one").name == "closed"


def test_init_draws_a_seed_and_takes_a_design(study):
    assert study.study("one").design is Design.SEQUENTIAL
    assert study.study("one").seed > 0


def test_a_reader_is_invited(study, capsys):
    assert main(["add-reader", "one", "ana"]) == 0
    token = re.search(r"/\?invite=(\S+)", capsys.readouterr().out)[1]
    assert accounts.invited(study, token).username == "ana"


def test_a_lost_invitation_is_renewed(study, capsys):
    assert main(["add-coordinator", "one", "one-coordinator"]) == 0
    token = re.search(r"/\?invite=(\S+)", capsys.readouterr().out)[1]
    assert accounts.invited(study, token).role is Role.COORDINATOR


def test_scans_come_in_and_refusals_are_told(study, workspace, tmp_path, capsys):
    good, bad = written(tmp_path / "good.nii", head_hu()), tmp_path / "bad.nii"
    bad.write_bytes(b"")
    assert main(["import-cases", "one", str(good), str(bad)]) == 2
    output = capsys.readouterr()
    assert output.out.startswith("case-001: taken in as it was\nWhich scan became which case stands in ")
    assert output.err == "bad.nii: the file is empty (0 bytes); export it again [empty]\n"
    assert workspace.volume_path("one", "case-001").exists()


def test_export_waits_for_unlock(study, tmp_path, capsys):
    export = ["export", "one", "--out", str(tmp_path / "out")]
    assert main(export) == 2
    assert "study one is locked" in capsys.readouterr().err
    assert main(["unlock", "one"]) == main(export) == 0
    assert (tmp_path / "out" / "study.json").exists()


def test_verify_says_what_is_broken(study, workspace, capsys):
    assert main(["verify"]) == 0
    study.close()
    file = workspace.root / "study.db"
    file.write_bytes(file.read_bytes().replace(b"study_created", b"study_createD", 1))
    assert main(["verify"]) == 2
    assert capsys.readouterr().err == "audit entry 1: its content does not have its hash\n"


def test_verify_knows_a_noted_hash_and_misses_a_foreign_one(study, capsys):
    head = re.search(r"Last audit entry: (\S+)", run("verify", capsys))[1]
    main(["add-reader", "one", "ana"])
    assert "The noted hash is that of entry 2; 1 came after it." in run("verify --head " + head, capsys)
    assert "entry 2; 1 came after" in run("verify --head " + head.partition(":")[2], capsys)
    assert main(["verify", "--head", "f" * 64]) == 2
    assert capsys.readouterr().err.startswith(f"{'f' * 64}: no audit entry has this hash")


def test_a_backup_is_restored_into_another_workspace(study, tmp_path, monkeypatch, capsys):
    file = str(tmp_path / "study.zip")
    noted = re.search(r"Last audit entry: (\S+)", run(f"backup {file} --with-scans", capsys))[1]
    monkeypatch.setenv("ICH_WORKSPACE", str(tmp_path / "other"))
    assert "0 reads and 2 audit entries restored" in run(f"restore {file}", capsys)
    assert "0 came after it" in run(f"verify --head {noted}", capsys)
    assert main(["restore", file]) == 2
    assert "there is a study database already" in capsys.readouterr().err


def test_a_reader_gets_a_profile_and_is_forgotten(study, capsys):
    main(["add-reader", "one", "ana"])
    run("profile one ana --specialty Radiology --board-certified yes --years 3 --institution A1", capsys)
    assert profiles.of_study(study, "one")["ana"].years_experience == 3
    pseudonym = re.search(r"under the name (former reader \w+)", run("forget-reader one ana", capsys))[1]
    assert [person.username for person in study.people("one")] == ["one-coordinator", pseudonym]
    assert study.verify() is None


def run(command: str, capsys: pytest.CaptureFixture) -> str:
    """What a command prints when it does its work."""
    capsys.readouterr()
    assert main(command.split()) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("command", [
    ["unlock", "one"], ["add-reader", "one", "ana"], ["verify"], ["export", "one", "--out", "out"],
    ["backup", "study.zip"], ["restore", "missing.zip"],
    ["import-cases", "one", "--truth", "truth.csv"],
    ["init", "Bad Key", "--title", "T"], ["init", "one", "--title", " "],
])
def test_a_refusal_makes_no_workspace(workspace, capsys, command):
    assert main(command) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not workspace.root.exists()


@pytest.mark.parametrize(("command", "sentence"), [
    (["init", "one", "--title", "T"], "study one exists already"),
    (["unlock", "two"], "no study 'two' here"),
    (["add-reader", "two", "ana"], "no study 'two' here"),
    (["add-reader", "one", "ONE-coordinator"], "'ONE-coordinator' is taken"),
    (["verify", "--head", "abc"], "--head abc: expected the 64 characters"),
    (["forget-reader", "one", "ana"], "ana is not a reader of study one"),
    (["profile", "one", "ana", "--specialty", "R", "--board-certified", "no", "--years", "99", "--institution", "A"],
     "years_experience: expected 0 to 70, got 99"),
    (["restore", "missing.zip"], "missing.zip: No such file or directory; check the path"),
    (["import-cases", "one"], "expected a PATH with scans, --truth CSV, or both"),
    (["import-cases", "one", "missing.nii"], "missing.nii: there is no such file or folder"),
    (["import-cases", "one", "--truth", "missing.csv"], "missing.csv: expected a CSV file"),
    (["import-cases", "two", "--truth", "missing.csv"], "no study 'two' here"),
])
def test_refusals_are_one_sentence(study, capsys, command, sentence):
    assert main(command) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert len(error.splitlines()) == 1


def test_a_database_that_is_none_is_one_sentence(study, workspace, capsys):
    study.close()
    (workspace.root / "study.db").write_bytes(b"not a database, but long enough to be looked at" * 100)
    assert main(["verify"]) == 2
    assert "file is not a database" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["init"], ["init", "one", "--title", "T", "--design", "crossed"],
                                     ["unlock", "one", "--now"], ["nothing"], []])
def test_unknown_arguments_are_refused_in_one_sentence(command, capsys):
    assert main(command) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert re.search(r"see python -m reader_study.* --help$", error)


def test_compare_takes_its_own_arguments(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["compare", "--help"])
    assert "compare" in capsys.readouterr().out


def test_the_environment_names_folder_and_database(tmp_path):
    named = from_environment({"ICH_WORKSPACE": str(tmp_path), "ICH_DATABASE_URL": "postgresql+psycopg://host/study"})
    assert (named.root, named.database_url) == (tmp_path, "postgresql+psycopg://host/study")
    assert from_environment({}).root.name == "workspace"
