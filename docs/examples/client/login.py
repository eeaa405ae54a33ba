#!/usr/bin/env python3
"""A login from Python, with its standard library alone.

    GATEWAY_URL=https://login.example.com python3 login.py ada < password-file

Exit code: 0 accepted, 1 denied, 64 the request is wrong, 75 nobody could say.
"""

import json
import os
import sys
from urllib.error import HTTPError
from urllib.request import Request, urlopen

OUTCOMES = {200: "accepted", 401: "denied", 429: "unavailable", 503: "unavailable"}


def log_in(gateway: str, username: str, password: str) -> dict:
    """What the gateway says. Whatever is not its answer is `unavailable`, never a denial."""
    body = json.dumps({"username": username, "password": password}).encode()
    request = Request(f"{gateway}/v1/login", data=body, headers={"Content-Type": "application/json"})
    try:
        try:
            with urlopen(request, timeout=15) as response:
                status, text = response.status, response.read()
        except HTTPError as error:
            status, text = error.code, error.read()
        answer = json.loads(text)
        if "error" in answer or answer["outcome"] == OUTCOMES.get(status):
            return answer
        return {"outcome": "unavailable", "fault": f"status {status}"}
    except (OSError, ValueError, TypeError, KeyError) as error:
        # Not sent again: a wrong password may have been counted.
        return {"outcome": "unavailable", "fault": type(error).__name__}


def main() -> int:
    gateway = os.environ.get("GATEWAY_URL", "http://127.0.0.1:8080")
    answer = log_in(gateway, sys.argv[1], sys.stdin.readline().rstrip("\n"))
    print(json.dumps(answer))
    return {"accepted": 0, "denied": 1, "unavailable": 75}.get(answer.get("outcome"), 64)


if __name__ == "__main__":
    sys.exit(main())
