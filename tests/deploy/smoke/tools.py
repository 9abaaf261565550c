"""What the smoke test needs of the machine, and where it keeps what it builds."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_NEEDED = {  # command: what to install
    "go": "Go 1.26",
    "docker": "Docker, or Podman with its socket in DOCKER_HOST and the docker client",
    "unshare": "util-linux",
    "ip": "iproute2",
    "iptables": "iptables",
    "openssl": "openssl",
}
# Unpacked, not installed: the package would start a service.
_PACKAGES = ("containerd", "runc", "containernetworking-plugins")


class Missing(Exception):
    """One sentence that says what to install."""


def require() -> None:
    """Raises `Missing`."""
    if os.geteuid() != 0:
        raise Missing("kube-smoke makes namespaces, mounts and a network of its own: run it as root.")
    for command, package in _NEEDED.items():
        if shutil.which(command) is None:
            raise Missing(f"kube-smoke needs {command}: install {package}.")
    if subprocess.run(["docker", "version"], capture_output=True).returncode:
        raise Missing("kube-smoke needs a container engine that answers: start Docker, or set DOCKER_HOST.")


def cache() -> Path:
    """Where build.sh keeps what it builds."""
    return Path(os.environ.get("KUBE_CACHE") or Path.home() / ".cache" / "rendezvous-kube")


def runtime() -> Path:
    """A root folder with Debian's containerd, runc and network plugins in it. Raises `Missing`."""
    folder = cache() / "debian"
    if not folder.exists():
        if shutil.which("apt-get") is None:
            raise Missing("kube-smoke takes containerd, runc and the CNI plugins from Debian: run it on Debian 12.")
        new = folder.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        subprocess.run(["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", *_PACKAGES], check=True, cwd=new)
        for package in new.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, new], check=True)
            package.unlink()
        new.rename(folder)
    return folder


def run(*command: str | Path, told: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Raises RuntimeError with what it said when it fails, unless told not to."""
    done = subprocess.run(command, input=told, capture_output=True, text=True)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done
