"""What the tests of Kubernetes' clients share: which kubectls there are, and a server with a
kubeconfig that leads to it.

ARGON_KUBECTLS: programs to take instead, parted by colons.
"""

import contextlib
import os
import shutil
import subprocess

from harness import ROOT, Argon, check


def debians_kubectl():
    """Debian's program unpacked beside the build, for its place may be another's."""
    folder = ROOT / "build" / "kubectl-debian"
    program = folder / "usr" / "bin" / "kubectl"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(["apt-get", "download", "kubernetes-client"], cwd=folder, timeout=120,
                           capture_output=True)
            for package in folder.glob("kubernetes-client*.deb"):
                subprocess.run(["dpkg", "-x", str(package), str(folder)], capture_output=True)
                package.unlink()
    return str(program) if program.exists() else None


def find_kubectls():
    if chosen := os.environ.get("ARGON_KUBECTLS"):
        return chosen.split(":")
    found = [path for path in (shutil.which("kubectl"), debians_kubectl()) if path]
    if not found:
        print("no kubectl can be had: its tests are left out", flush=True)
    return found


class Cluster(Argon):
    """A server on a port of loopback, and a kubeconfig that leads there."""

    def __init__(self, name="clients", flags=()):
        super().__init__(name)
        self.flags = flags

    def __enter__(self):
        self.server = subprocess.Popen(
            [*self.command, "server", "--port", "0", *self.flags],
            env=self.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address, self.token = self.server.stdout.readline().strip().split("/?token=")
        self.config = f"{self.home}/kubeconfig"
        env = dict(self.env, ARGO_SERVER=self.address.split("//")[1], ARGO_TOKEN=self.token)
        done = subprocess.run([*self.command, "kubeconfig", "-f", self.config], env=env,
                              timeout=60, capture_output=True, text=True)
        check(done.returncode == 0, f"argo kubeconfig: {done.stderr}")
        self.env["KUBECONFIG"] = self.config
        self.env["HOME"] = self.home  # kubectl's caches
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait(timeout=30)
        self.close()

    def kubectl(self, program, *args, timeout=60, stdin=None, want=None, text=True):
        done = subprocess.run([program, *args], env=self.env, input=stdin, timeout=timeout,
                              capture_output=True, text=text)
        if want is not None:
            check(done.returncode == want,
                  f"{program} {' '.join(args)} ended with {done.returncode}, wanted {want}\n"
                  f"stdout: {done.stdout[-500:]}\nstderr: {done.stderr[-500:]}")
        return done
