"""A Keystone of its own for tests: made in FOLDER, served on a free port of this machine.

    python serve.py FOLDER

Prints one line when it is ready, a JSON object with `url` and the administrator's `password`, and
serves until its standard input ends: whoever started it holds that open, so that it never outlives
them.
"""

import grp
import json
import logging
import os
import pathlib
import pwd
import secrets
import subprocess
import sys
import threading

CONFIGURATION = """\
[DEFAULT]
log_file = {folder}/keystone.log

[database]
connection = sqlite:///{folder}/keystone.db

[token]
provider = fernet

[fernet_tokens]
key_repository = {folder}/fernet

[credential]
key_repository = {folder}/credential

[identity]
# Many tests log in: what is tested is the service, not how long a password is hashed.
password_hash_rounds = 4

[cache]
enabled = true
backend = oslo_cache.dict
"""


def manage(configuration, *arguments):
    """Runs keystone-manage, whose script holds a path that may have changed since."""
    code = "import sys; from keystone.cmd.manage import main; sys.argv[0] = 'keystone-manage'; main()"
    command = [sys.executable, "-W", "ignore", "-c", code, "--config-file", str(configuration), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"keystone-manage {arguments[0]} failed:\n{done.stdout}{done.stderr}")


def prepare(folder, password, url):
    """Makes what a Keystone keeps in files, and its first account."""
    configuration = folder / "keystone.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder))
    manage(configuration, "db_sync")
    user = pwd.getpwuid(os.getuid()).pw_name
    group = grp.getgrgid(os.getgid()).gr_name
    for kind in ["fernet", "credential"]:
        (folder / kind).mkdir(mode=0o700)
        manage(configuration, f"{kind}_setup", "--keystone-user", user, "--keystone-group", group)
    manage(
        configuration,
        "bootstrap",
        "--bootstrap-password", password,
        "--bootstrap-region-id", "test-1",
        "--bootstrap-public-url", f"{url}/v3",
    )
    return configuration


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    password = secrets.token_urlsafe(16)

    # The port is taken before the account is made, whose endpoint names it.
    from werkzeug.serving import make_server

    application = None
    # Its database is SQLite, and two that write at once are one too many for it.
    one_at_a_time = threading.Lock()

    def serve(environ, start_response):
        with one_at_a_time:
            return list(application(environ, start_response))

    # A line for each request would stand between those of the tests.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, serve, threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    configuration = prepare(folder, password, url)

    os.environ["OS_KEYSTONE_CONFIG_FILES"] = str(configuration)
    # Keystone reads the arguments of whichever program it is part of.
    sys.argv[1:] = []
    from keystone.server.wsgi import initialize_public_application

    application = initialize_public_application()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"url": url, "password": password}), flush=True)
    sys.stdin.buffer.read()
    server.shutdown()


if __name__ == "__main__":
    main()
