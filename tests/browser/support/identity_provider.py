"""A minimal OpenID provider on a free port: discovery, automatic authorization, signed id tokens, sign-out."""

import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

CLIENT, SECRET = "reader-study", "a secret of the client"
PERSON = {"sub": "4711", "email": "cem@id.example", "name": "Cem"}


class Provider:
    """A provider that authenticates every request as the same person."""

    def __init__(self, issuer: str) -> None:
        self.issuer, self.key = issuer, RSAKey.generate_key(2048, parameters={"kid": "1"})
        self.nonces: dict[str, str] = {}  # by issued authorization code
        self.signed_out = 0

    async def discovery(self, _request: Request) -> JSONResponse:
        """The provider's metadata (OpenID Connect Discovery)."""
        at = {name: f"{self.issuer}/{name}" for name in ("authorize", "token", "jwks", "leave")}
        return JSONResponse({
            "issuer": self.issuer, "authorization_endpoint": at["authorize"], "token_endpoint": at["token"],
            "jwks_uri": at["jwks"], "end_session_endpoint": at["leave"], "response_types_supported": ["code"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
        })

    async def authorize(self, request: Request) -> RedirectResponse:
        """Redirects to the app at once, with an authorization code."""
        asked, code = request.query_params, secrets.token_urlsafe(8)
        self.nonces[code] = asked["nonce"]
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 302)

    async def token(self, request: Request) -> JSONResponse:
        """The id token for an authorization code, which is valid once."""
        async with request.form() as form:
            nonce, now = self.nonces.pop(form["code"]), int(time.time())
        claims = PERSON | {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        signed = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.key)
        return JSONResponse({"access_token": "any", "token_type": "Bearer", "expires_in": 300, "id_token": signed})

    async def jwks(self, _request: Request) -> JSONResponse:
        """The public key as a JSON Web Key Set."""
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def leave(self, request: Request) -> RedirectResponse:
        """Ends the person's session at the provider and redirects to the app."""
        self.signed_out += 1
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 302)

    def secrets_toml(self) -> str:
        """The `[auth]` section for Streamlit's secrets."""
        return (f'[auth]\ntitle = "Example University"\nclient_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n'
                f'cookie_secret = "{secrets.token_hex(16)}"\nredirect_uri = "http://127.0.0.1:{{port}}/oauth2callback"\n'
                f'server_metadata_url = "{self.issuer}/.well-known/openid-configuration"\n')


@contextmanager
def running() -> Iterator[Provider]:
    """A running provider within the context."""
    listening = socket.create_server(("127.0.0.1", 0))
    provider = Provider(f"http://127.0.0.1:{listening.getsockname()[1]}")
    app = Starlette(routes=[
        Route("/.well-known/openid-configuration", provider.discovery), Route("/authorize", provider.authorize),
        Route("/token", provider.token, methods=["POST"]), Route("/jwks", provider.jwks),
        Route("/leave", provider.leave),
    ])
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
