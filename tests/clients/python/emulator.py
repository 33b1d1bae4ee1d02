"""Starts and stops the emulator binary for one group of tests.

The binary is CRM_EMULATOR_BIN, or the debug build of this repository. Each instance listens on a free port with TLS,
keeps everything in memory and is stopped with SIGTERM, which must end it with exit code 0.
"""

import os
import queue
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from azure.core.credentials import AccessToken
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.config import DataverseConfig

HERE = Path(__file__).resolve().parent
BINARY = Path(os.environ.get("CRM_EMULATOR_BIN") or HERE / "../../../target/debug/crm-emulator").resolve()
READY_LINE = re.compile(r"crm-emulator ready at (https?://\S+)\Z")
START_LIMIT = 30.0
STOP_LIMIT = 10.0


class FakeCredential:
    """Stands for azure-identity: any opaque token is the organization's default caller under `--auth open`."""

    def __init__(self):
        self.scopes = []

    def get_token(self, *scopes, **_):
        self.scopes.extend(scopes)
        return AccessToken("an-opaque-token", int(time.time()) + 3600)


def _clean_environment():
    """The environment for the child: no emulator settings and no proxy leak in from the shell."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CRM_EMULATOR_") and not name.lower().endswith("_proxy")
    }


class Emulator:
    """One running emulator, to be used with `with` or with `start` and `stop`."""

    def __init__(self, *flags):
        self.folder = Path(tempfile.mkdtemp(prefix="crm-emulator-python-"))
        self.ready_file = self.folder / "ready"
        self.ca = self.folder / "tls" / "ca.pem"
        self.lines = []
        self._queue = queue.Queue()
        self._errors = open(self.folder / "stderr", "w+", encoding="utf-8")
        command = [BINARY, "--listen", "127.0.0.1:0", "--ready-file", self.ready_file]
        command += ["--tls", "--tls-dir", self.ca.parent, *flags]
        try:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                cwd=self.folder,
                env=_clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                encoding="utf-8",
            )
        except OSError:
            self._clean()
            raise
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            line = self._queue.get(timeout=START_LIMIT)
            match = READY_LINE.match(line or "")
            if not match:
                raise RuntimeError(f"unexpected first line on standard output: {line!r}")
        except (queue.Empty, RuntimeError) as error:
            self.process.kill()
            self.process.wait()
            self._errors.seek(0)
            text = self._errors.read()
            self._clean()
            raise RuntimeError(f"the emulator {BINARY} did not start: {error!r}\n{text}") from error
        self.url = match.group(1)

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            self._queue.put(line.rstrip("\n"))
        self._queue.put(None)

    def client(self, **config):
        """An SDK client for this emulator that trusts its certificate authority."""
        os.environ["REQUESTS_CA_BUNDLE"] = str(self.ca)
        return DataverseClient(self.url, FakeCredential(), DataverseConfig(**config))

    def stop(self):
        """Sends SIGTERM and returns the exit code (negative: ended by that signal)."""
        try:
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGTERM)
            try:
                code = self.process.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise RuntimeError(f"the emulator did not end within {STOP_LIMIT} s of SIGTERM") from None
            self._reader.join(STOP_LIMIT)
            self.process.stdout.close()
            return code
        finally:
            self._clean()

    def _clean(self):
        self._errors.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
