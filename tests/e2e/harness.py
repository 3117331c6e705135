"""What the end-to-end tests share: a private Argon in a folder of its own, driven as a user would.

Nothing here knows a test. Every wait has a deadline; nothing sleeps for luck.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ARGO = os.environ.get("ARGON_BINARY", str(ROOT / "build" / "argo"))


class Failure(Exception):
    """An assertion of a test that did not hold; its text is shown."""


def check(holds, text):
    if not holds:
        raise Failure(text)


class Argon:
    """One data folder, one server, one agent; all its processes end with close()."""

    # What runs the commands: words before them, and the program.
    command = (ARGO,)

    def __init__(self, name="e2e", base=None, env=None):
        self.home = tempfile.mkdtemp(prefix=f"argon-{name}-", dir=base)
        self.env = dict(os.environ, ARGON_HOME=self.home, NO_COLOR="1", **(env or {}))
        for inherited in ("ARGO_SERVER", "ARGO_TOKEN", "ARGO_NAMESPACE", "KUBECONFIG"):
            self.env.pop(inherited, None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def run(self, *args, timeout=120, stdin=None, want=None):
        """Runs `argo ARGS`; `want` is the exit code that must come, None takes any."""
        done = subprocess.run(
            [*self.command, *args],
            env=self.env,
            input=stdin,
            timeout=timeout,
            capture_output=True,
            text=True,
            errors="replace",
        )
        if want is not None:
            check(
                done.returncode == want,
                f"argo {' '.join(args)} ended with {done.returncode}, wanted {want}\n"
                f"stdout: {done.stdout[-2000:]}\nstderr: {done.stderr[-2000:]}",
            )
        return done

    def submit(self, manifest, *args):
        """Submits a text or a file and gives the workflow's name."""
        if isinstance(manifest, pathlib.Path):
            done = self.run("submit", str(manifest), "-o", "name", *args, want=0)
        else:
            done = self.run("submit", "-", "-o", "name", *args, stdin=manifest, want=0)
        return done.stdout.strip().splitlines()[-1].removeprefix("workflow.argoproj.io/")

    def wait(self, name, timeout=120):
        """Waits for the end; gives the workflow as JSON. A dead server is started by the retry."""
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            check(left > 0, f"{name} did not end within {timeout} s: {self.describe(name)}")
            try:
                self.run("wait", name, timeout=left)
                workflow = self.get(name)
                if workflow["status"].get("phase") in ("Succeeded", "Failed", "Error"):
                    return workflow
            except (subprocess.TimeoutExpired, Failure, ValueError, KeyError):
                pass

    def get(self, name):
        return json.loads(self.run("get", name, "-o", "json", want=0).stdout)

    def describe(self, name):
        try:
            return self.run("get", name, timeout=10).stdout[-3000:]
        except subprocess.TimeoutExpired:
            return "(get does not answer)"

    def processes(self, kind=None):
        """Pids of this Argon's processes: "server", "agent", "argoexec" or all."""
        found = []
        marker = f"ARGON_HOME={self.home}".encode()
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == os.getpid():
                continue
            try:
                words = pathlib.Path(f"/proc/{entry}/cmdline").read_bytes().split(b"\0")
                environ = pathlib.Path(f"/proc/{entry}/environ").read_bytes().split(b"\0")
            except OSError:
                continue
            program = os.path.basename(words[0]).decode(errors="replace")
            role = {"argoexec": "argoexec"}.get(program)
            if program == "argo" and len(words) > 1:
                role = words[1].decode(errors="replace")
            # The monitors carry their folder on the command line rather than in the environment.
            ours = marker in environ or self.home.encode() in b" ".join(words)
            if ours and role in ("server", "agent", "argoexec") and kind in (None, role):
                found.append(int(entry))
        return found

    def close(self):
        deadline = time.monotonic() + 20
        while (pids := self.processes()) and time.monotonic() < deadline:
            # A container outlives what watches over it, so that nothing is lost; here it must go.
            for pid in pids + descendants(pids):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        with open("/proc/mounts") as mounts:
            points = [line.split()[1] for line in mounts if self.home in line.split()[1]]
        for point in sorted(points, reverse=True):
            subprocess.run(["umount", "-l", point], stderr=subprocess.DEVNULL)
        shutil.rmtree(self.home, ignore_errors=True)


def descendants(pids):
    """All processes below these, by what /proc says of parents."""
    children = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = pathlib.Path(f"/proc/{entry}/stat").read_text()
        except OSError:
            continue
        children.setdefault(int(stat.rsplit(")", 1)[1].split()[1]), []).append(int(entry))
    found, left = [], list(pids)
    while left:
        below = children.get(left.pop(), [])
        found += below
        left += below
    return [pid for pid in found if pid not in pids]


def nodes(workflow):
    return list((workflow.get("status", {}).get("nodes") or {}).values())


def by_display_name(workflow, name):
    found = [node for node in nodes(workflow) if node.get("displayName") == name]
    check(
        found,
        f"no node {name!r}; there are {sorted(n.get('displayName', '') for n in nodes(workflow))}",
    )
    return found[0]


def run_tests(tests, chosen):
    """Runs functions by name, prints a line each and the counts; gives the exit code."""
    passed = failed = 0
    for test in tests:
        if chosen and test.__name__ not in chosen:
            continue
        began = time.monotonic()
        try:
            test()
            passed += 1
            print(f"ok   {test.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
        except (Failure, subprocess.TimeoutExpired, OSError, KeyError, ValueError) as error:
            failed += 1
            print(f"FAIL {test.__name__} ({time.monotonic() - began:.1f} s): {error}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def main(tests):
    sys.exit(run_tests(tests, set(sys.argv[1:])))
