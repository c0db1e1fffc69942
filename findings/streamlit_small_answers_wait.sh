#!/usr/bin/env bash
# Streamlit 1.67.0: connections to its server have Nagle's algorithm on (TCP_NODELAY is 0), so the body of a small answer
# can wait for the acknowledgement of its head: some 40 ms on Linux. asyncio switches the algorithm off for sockets whose
# `proto` is IPPROTO_TCP; Streamlit binds its listening socket itself, with `proto` 0, and accepted ones take that over.
# Seen with Python 3.11 on Linux: prints "TCP_NODELAY of the connection: 0".
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-0}" 2>/dev/null || true; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check streamlit==1.67.0
cat > "$folder/page.py" <<'PAGE'
import streamlit as st
st.write("a page")
PAGE
cat > "$folder/app.py" <<'APP'
import os
import socket

import streamlit as st
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def look(request):
    """TCP_NODELAY of the connection that asks, found among this process's sockets by the asker's port."""
    for name in os.listdir("/proc/self/fd"):
        try:
            found = socket.socket(fileno=os.dup(int(name)))
        except OSError:
            continue
        with found:
            try:
                if found.family == socket.AF_INET and found.getpeername()[1] == request.client.port:
                    return PlainTextResponse(str(found.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
            except OSError:
                continue
    return PlainTextResponse("not found", 500)


app = st.App("page.py", routes=[Route("/look", look)])
APP
port=$("$folder/venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
(cd "$folder" && HOME="$folder" exec venv/bin/streamlit run app.py --server.port "$port" --server.address 127.0.0.1 \
  --server.headless true --browser.gatherUsageStats false >"$folder/log" 2>&1) &
server=$!
"$folder/venv/bin/python" - "$port" <<'ASK'
import sys
import time
from urllib.error import URLError
from urllib.request import urlopen

for _ in range(300):
    try:
        said = urlopen(f"http://127.0.0.1:{sys.argv[1]}/look", timeout=5).read().decode()
        break
    except URLError:
        time.sleep(0.1)
else:
    sys.exit("the server did not start within 30 s")
print("TCP_NODELAY of the connection:", said)
sys.exit(0 if said == "0" else "this has changed: expected 0")
ASK
