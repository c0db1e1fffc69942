"""Signing in at a real OpenID provider, in a real browser: by an invitation, out again, and in without one."""

from contextlib import closing

from playwright.sync_api import Page, expect

from reader_study.access import accounts, oidc
from reader_study.store.workspace import from_environment
from reader_study.study.design import Study
from tests.browser.conftest import PROJECT, running_app
from tests.browser.support import identity_provider

BUTTON = "Continue with Example University"
AS_CEM = "Continue as cem@id.example (Example University)"


def test_a_person_comes_by_the_provider_leaves_both_and_comes_back(page: Page, tmp_path):
    with identity_provider.running() as provider:
        secrets = tmp_path / "secrets.toml"
        secrets.write_text(provider.secrets_toml(), encoding="utf-8")
        environment = {"ICH_WORKSPACE": str(tmp_path / "workspace"), "STREAMLIT_SECRETS_FILES": str(secrets)}
        with closing(from_environment(environment).open_store()) as store:
            store.create_study(Study(key="own", title="An own study", seed=1))
            link = f"/?invite={accounts.invite(store, 'own', 'Cem')}"
            with running_app(PROJECT / "app.py", tmp_path / "log", **environment) as app:
                page.goto(app + link)
                page.get_by_role("button", name=BUTTON).click()
                expect(page.get_by_text("Open your invitation link again")).to_be_visible(timeout=30_000)
                page.goto(app + link)
                page.get_by_role("button", name=AS_CEM).click()
                expect(page.get_by_role("heading", name="An own study")).to_be_visible(timeout=30_000)
                page.get_by_role("button", name="Sign out").click()
                expect(page.get_by_role("button", name=BUTTON)).to_be_visible(timeout=30_000)
                assert provider.signed_out == 1
                page.get_by_role("button", name=BUTTON).click()
                page.get_by_role("button", name=AS_CEM).click(timeout=30_000)
                expect(page.get_by_role("heading", name="An own study")).to_be_visible(timeout=30_000)
            assert oidc.person(store, f"{provider.issuer}|4711").username == "Cem"
