"""The images that tests run on: stand-ins for public ones, made here and served by a registry.

Each is a busybox root with a layer of its own above it, written as an OCI layout below
build/test-images/, and pushed into Debian's docker-registry, whose data lie there too. Making all
takes some seconds; they are made again only when this folder or the host's programs have changed.
"""
import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent.parent / "build" / "test-images"
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
WHALE = r"""
    \
     \            ##        .
      \     ## ## ##       ==
         ## ## ## ##      ===
     /""" + '"' * 22 + r"""___/ ===
~~~ {~~ ~~~~ ~~~ ~~~~ ~~ ~ /  ===- ~~~
     \______ o          __/
       \    \        __/
        \____\______/
"""
COW = r"""
    \   ^__^
     \  (oo)\_______
        (__)\       )\/\
            ||----w |
            ||     ||
"""


class Layer:
    """A layer's files; written as a tar whose bytes depend on its content only."""

    def __init__(self):
        self.entries = {}

    def add(self, path, mode=0o644, data=b"", kind=tarfile.REGTYPE, link=""):
        for parent in reversed(pathlib.PurePosixPath(path).parents):
            if str(parent) != "." and str(parent) not in self.entries:
                self.add(str(parent), 0o755, kind=tarfile.DIRTYPE)
        info = tarfile.TarInfo(str(path))
        info.mode, info.type, info.linkname, info.size = mode, kind, link, len(data)
        self.entries[str(path)] = (info, data)

    def directory(self, path, mode=0o755):
        self.add(path, mode, kind=tarfile.DIRTYPE)

    def text(self, path, text, mode=0o644):
        self.add(path, mode, text.encode())

    def link(self, path, target):
        self.add(path, 0o777, kind=tarfile.SYMTYPE, link=target)

    def host_file(self, source, path=None):
        source = pathlib.Path(source)
        mode = 0o755 if os.access(source, os.X_OK) else 0o644
        self.add(str(path or source).lstrip("/"), mode, source.read_bytes())

    def host_program(self, source, path=None):
        """A program of this machine with the libraries that it is linked to."""
        real = pathlib.Path(shutil.which(source) or source).resolve()
        self.host_file(real, path or real)
        listed = subprocess.run(["ldd", str(real)], capture_output=True, text=True).stdout
        for library in re.findall(r"(/\S+) \(0x", listed):
            self.host_file(pathlib.Path(library).resolve(), library)

    def host_tree(self, source, leave_out=()):
        source = pathlib.Path(source)
        for path in sorted(source.rglob("*")):
            inside = path.relative_to(source)
            if any(part in leave_out for part in inside.parts) or not path.is_file():
                continue
            self.host_file(path.resolve(), path)
            if path.suffix == ".so":
                self.host_program(path, path)

    def tar(self):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
            # Hard links behind the files that they link to.
            for info, data in sorted(self.entries.values(),
                                     key=lambda row: (row[0].type == tarfile.LNKTYPE, row[0].name)):
                tar.addfile(info, io.BytesIO(data))
        return out.getvalue()


def base_layer():
    """A busybox root, as Docker's: the applets are links to one static program."""
    layer = Layer()
    busybox = shutil.which("busybox")
    layer.host_file(pathlib.Path(busybox).resolve(), "bin/busybox")
    for name in subprocess.run([busybox, "--list"], capture_output=True, text=True).stdout.split():
        if name != "busybox":
            layer.add(f"bin/{name}", 0o755, kind=tarfile.LNKTYPE, link="bin/busybox")
    for name in ("dev", "etc", "home", "proc", "run", "sys", "usr/bin", "var"):
        layer.directory(name)
    layer.directory("root", 0o700)
    layer.directory("tmp", 0o1777)
    layer.text("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nguest:x:405:100:guest:/:/bin/sh\n"
                             "nobody:x:65534:65534:nobody:/:/bin/false\n")
    layer.text("etc/group", "root:x:0:\nusers:x:100:\nnobody:x:65534:\n")
    layer.link("usr/bin/env", "../../bin/env")
    # Certificates, tzdata and the like are not needed by any test.
    return layer


def os_layer(name, version, bash=False):
    layer = Layer()
    layer.text("etc/os-release", f'NAME="{name}"\nID={name.split()[0].lower()}\n'
                                 f'VERSION_ID={version}\nPRETTY_NAME="{name} {version}"\n')
    if name.startswith("Alpine"):
        layer.text("etc/alpine-release", version + "\n")
    if bash:
        layer.text("bin/bash", '#!/bin/sh\nexec /bin/sh "$@"\n', 0o755)
    return layer


def say_layer(art, argosay=False):
    layer = os_layer("Ubuntu", "20.04", bash=True)
    layer.text("usr/local/bin/cowsay", (HERE / "cowsay.sh").read_text(), 0o755)
    layer.link("usr/games/cowsay", "/usr/local/bin/cowsay")
    layer.text("usr/share/cowsay", art.lstrip("\n"))
    if argosay:
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "argosay"
            subprocess.run(["cc", "-static", "-Os", "-s", "-o", program, HERE / "argosay.c"],
                           check=True)
            layer.host_file(program, "argosay")
    return layer


def python_layer():
    layer = os_layer("Alpine Linux", "3.23.0")
    program = pathlib.Path(shutil.which("python3", path="/usr/bin")).resolve()
    library = pathlib.Path("/usr/lib") / program.name
    layer.host_program(program)
    layer.host_tree(library, ("test", "tests", "idlelib", "tkinter", "ensurepip", "dist-packages",
                              "pydoc_data", "lib2to3", "__pycache__", "distutils"))
    for name in ("python", "python3"):
        layer.link(f"usr/local/bin/{name}", str(program))
    return layer


def host_layer(program, *trees):
    layer = os_layer("Debian GNU/Linux", "12", bash=True)
    layer.host_program(program)
    for tree in trees:
        layer.host_tree(tree)
    return layer


def web_layer():
    """nginx's manners by busybox: serves /usr/share/nginx/html on port 80."""
    layer = os_layer("Debian GNU/Linux", "9")
    layer.text("usr/share/nginx/html/index.html", "<h1>Welcome to nginx!</h1>\n")
    layer.text("usr/sbin/nginx", "#!/bin/sh\nexec httpd -f -p 80 -h /usr/share/nginx/html\n", 0o755)
    return layer


# Every row is an image: its names, the layer above the base, its configuration.
def images():
    shell = {"Cmd": ["/bin/sh"]}
    perl = [path for path in (f"/usr/lib/{os.uname().machine}-linux-gnu/perl-base",)
            if os.path.isdir(path)]
    yield ["busybox:latest", "busybox:1"], None, {"Cmd": ["sh"]}
    for version, tags in (("3.23.0", ["alpine:latest", "alpine:3", "alpine:3.23", "alpine:3.20"]),
                          ("3.7.3", ["alpine:3.7"]), ("3.6.5", ["alpine:3.6"])):
        yield tags, os_layer("Alpine Linux", version), shell
    for version, tags in (("12", ["debian:latest", "debian:12"]), ("9.1", ["debian:9.1"]),
                          ("9.4", ["debian:9.4"]), ("8.9", ["debian:8.9"])):
        yield tags, os_layer("Debian GNU/Linux", version, bash=True), {"Cmd": ["bash"]}
    yield (["ubuntu:latest", "ubuntu:17.10"], os_layer("Ubuntu", "17.10", bash=True),
           {"Cmd": ["bash"]})
    yield ["argoproj/argosay:v1"], say_layer(COW), {"Cmd": ["cowsay"]}
    yield (["argoproj/argosay:v2", "argoproj/argosay:latest"], say_layer(COW, argosay=True),
           {"Entrypoint": ["/argosay"]})
    yield ["docker/whalesay:latest"], say_layer(WHALE), {"Cmd": ["cowsay"]}
    yield (["python:alpine3.23", "python:alpine3.6", "python:3", "python:latest"], python_layer(),
           {"Cmd": ["python3"]})
    yield ["perl:latest"], host_layer("perl", *perl), {"Cmd": ["perl"]}
    yield (["curlimages/curl:latest", "appropriate/curl:latest"], host_layer("curl"),
           {"Entrypoint": ["curl"]})
    yield ["nginx:1.13", "nginx:latest"], web_layer(), {"Cmd": ["nginx"]}


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Layout:
    """An OCI layout in a folder; blobs are shared by all of its images."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "blobs" / "sha256").mkdir(parents=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        self.manifests = []

    def blob(self, data, media_type):
        digest = digest_of(data)
        (self.folder / "blobs" / "sha256" / digest[7:]).write_bytes(data)
        return {"mediaType": "application/vnd.oci.image." + media_type, "digest": digest,
                "size": len(data)}

    def layer(self, layer):
        tar = layer.tar()
        packed = gzip.compress(tar, 1, mtime=0)
        return self.blob(packed, "layer.v1.tar+gzip"), digest_of(tar)

    def image(self, names, layers, config):
        config = {"os": "linux", "architecture": "amd64", "config": {"Env": [PATH], **config},
                  "rootfs": {"type": "layers", "diff_ids": [diff for _, diff in layers]}}
        manifest = {"schemaVersion": 2, "layers": [blob for blob, _ in layers],
                    "config": self.blob(json.dumps(config).encode(), "config.v1+json")}
        row = self.blob(json.dumps(manifest).encode(), "manifest.v1+json")
        for name in names:
            self.manifests.append(
                {**row, "annotations": {"org.opencontainers.image.ref.name": name}})

    def finish(self):
        (self.folder / "index.json").write_text(
            json.dumps({"schemaVersion": 2, "manifests": self.manifests}))


def state():
    """Changes when the images would."""
    parts = [path.read_bytes() for path in sorted(HERE.iterdir()) if path.is_file()]
    for name in ("busybox", "python3", "perl", "curl"):
        program = pathlib.Path(shutil.which(name, path="/usr/bin:/bin") or "/none").resolve()
        status = program.stat() if program.exists() else None
        parts.append(f"{program} {status and (status.st_size, status.st_mtime_ns)}".encode())
    return digest_of(b"\0".join(parts))


def is_current():
    stamp = OUT / "state"
    return stamp.is_file() and stamp.read_text() == state()


def build(tell=print):
    """Makes the images and the registry's data unless they are there. Gives their names."""
    if not is_current():
        began = time.monotonic()
        OUT.parent.mkdir(exist_ok=True)
        work = pathlib.Path(tempfile.mkdtemp(prefix="test-images-", dir=OUT.parent))
        layout = Layout(work / "layout")
        base = layout.layer(base_layer())
        for names, layer, config in images():
            layout.image(names, [base] + ([layout.layer(layer)] if layer else []), config)
            tell(f"made {names[0]}")
        layout.finish()
        with Registry(work / "registry") as registry:
            for name in names_in(work):
                registry.push(work / "layout", name)
        (work / "state").write_text(state())
        shutil.rmtree(OUT, ignore_errors=True)
        work.rename(OUT)
        tell(f"{len(names_in(OUT))} names in {time.monotonic() - began:.1f} s")
    return names_in(OUT)


def names_in(folder):
    index = json.loads((folder / "layout" / "index.json").read_text())
    return [row["annotations"]["org.opencontainers.image.ref.name"] for row in index["manifests"]]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Registry:
    """docker-registry on a loopback port, ended with the object."""

    def __init__(self, data=None, port=0):
        self.data = pathlib.Path(data or OUT / "registry")
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # What ARGON_MIRRORS wants.
        self.mirrors = f"docker.io={self.url}"

    def __enter__(self):
        config = {"version": 0.1, "log": {"level": "error"},
                  "storage": {"filesystem": {"rootdirectory": str(self.data)}},
                  "http": {"addr": f"127.0.0.1:{self.port}"}}
        self.config = tempfile.NamedTemporaryFile("w", suffix=".yml")
        json.dump(config, self.config)
        self.config.flush()
        self.process = subprocess.Popen(["docker-registry", "serve", self.config.name],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(self.url + "/v2/", timeout=5).close()
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.__exit__()
                    raise RuntimeError("docker-registry does not answer") from None
                time.sleep(0.02)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.config.close()

    def push(self, layout, name):
        repository = name if "/" in name else f"library/{name}"
        subprocess.run(["skopeo", "copy", "--quiet", "--insecure-policy", "--dest-tls-verify=false",
                        f"oci:{layout}:{name}", f"docker://127.0.0.1:{self.port}/{repository}"],
                       check=True)


def serve(arguments):
    port = 0
    if arguments[:1] == ["--port"]:
        port, arguments = int(arguments[1]), arguments[2:]
    if arguments[:1] == ["--"]:
        arguments = arguments[1:]
    build(lambda line: print(line, file=sys.stderr, flush=True))
    with Registry(port=port) as registry:
        print(f"ARGON_MIRRORS={registry.mirrors}", flush=True)
        if arguments:
            env = dict(os.environ, ARGON_MIRRORS=registry.mirrors)
            return subprocess.run(arguments, env=env).returncode
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
        return 0
