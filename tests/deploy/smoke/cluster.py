"""Kubernetes on one machine (machine.sh): the API with its controllers and scheduler, names, and one real node."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import yaml

from ..api.serving import KUBECTL, KubeApi, build
from . import tools
from .images import PAUSE

NODE, ADDRESS, NAMES = "node-1", "10.0.0.1", "cluster.local"
_PODS = "10.244.0.0/16"


class Cluster(KubeApi):
    """`start`, then `join`. `folder` holds the state of all of it, the volumes of pods included."""

    parts = (*KubeApi.parts, "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "coredns")
    services = "10.96.0.0/16"
    more = ("--kubelet-preferred-address-types=InternalIP",)

    def start(self) -> None:
        super().start()
        built, folder = build(*self.parts), self._folder
        given = [f"--kubeconfig={self.kubeconfig}", "--leader-elect=false", "--secure-port=0"]
        key, authority = folder / "accounts.key", folder / "certificates" / "apiserver.crt"
        signing = [f"--service-account-private-key-file={key}", f"--root-ca-file={authority}"]
        self.launch("controllers", f"{built}/kube-controller-manager", *given, *signing)
        self.launch("scheduler", f"{built}/kube-scheduler", *given)
        (folder / "Corefile").write_text(_NAMES.format(address=ADDRESS, zone=NAMES, kubeconfig=self.kubeconfig))
        self.launch("names", f"{built}/coredns", "-conf", str(folder / "Corefile"))
        self.until(60, lambda: self.kubectl("get", "serviceaccount", "default").returncode == 0)

    def join(self, images: Path) -> float:
        """The machine as a node with the images of an archive; the seconds from its start until it was ready."""
        built, debian, folder = build(*self.parts), tools.runtime(), self._folder
        path = {"PATH": f"{debian}/usr/bin:{debian}/usr/sbin:/usr/sbin:/usr/bin:/sbin:/bin"}
        for name, text in _files(folder, debian).items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        began = time.monotonic()
        self.launch("containerd", f"{debian}/usr/bin/containerd", "-c", str(folder / "containerd.toml"), **path)
        socket = folder / "containerd.sock"
        ctr = [f"{debian}/usr/bin/ctr", "-a", str(socket), "-n", "k8s.io"]
        self.until(30, lambda: tools.run(*ctr, "version", check=False).returncode == 0)
        tools.run(*ctr, "images", "import", "--digests=false", str(images))
        kubeconfig = f"--kubeconfig={self.kubeconfig}"
        where = [
            f"--config={folder / 'kubelet.json'}",
            f"--root-dir={folder / 'kubelet'}",
            f"--cert-dir={folder / 'pki'}",
        ]
        as_ = [f"--node-ip={ADDRESS}", f"--hostname-override={NODE}"]
        self.launch("kubelet", f"{built}/kubelet", kubeconfig, *where, *as_, **path)
        # What it would set for connections belongs to the real machine.
        untouched = [f"--conntrack-{name}=0" for name in ("max-per-core", "min", "tcp-timeout-established")]
        proxy = [kubeconfig, "--proxy-mode=iptables", as_[1], f"--cluster-cidr={_PODS}", *untouched]
        self.launch("proxy", f"{built}/kube-proxy", *proxy, "--conntrack-tcp-timeout-close-wait=0", **path)
        self.until(60, lambda: self.kubectl("get", f"node/{NODE}").returncode == 0)
        self.must("wait", f"node/{NODE}", "--for=condition=Ready", "--timeout=60s")
        self.must("apply", "-f", "-", told=yaml.safe_dump_all(_volume(folder, number) for number in range(2)))
        return time.monotonic() - began

    @contextmanager
    def running(self, *words: str, out: IO[bytes]) -> Iterator[None]:
        """kubectl with these words for as long as it is open."""
        process = subprocess.Popen([KUBECTL, *words], stdout=out, env=self.environment)
        try:
            yield
        finally:
            process.terminate()
            process.wait()

    def must(self, *words: str, told: str | None = None) -> str:
        """What kubectl says; RuntimeError when it fails."""
        done = self.kubectl(*words, told=told)
        if done.returncode:
            raise RuntimeError(f"kubectl {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout


def _files(folder: Path, debian: Path) -> dict[str, str]:
    addresses = {"type": "host-local", "dataDir": f"{folder}/addresses", "ranges": [[{"subnet": _PODS}]]}
    # Not a bridge: on that one a pod would not reach itself, or a neighbour, through a Service.
    network = {"type": "ptp", "ipMasq": False, "ipam": {**addresses, "routes": [{"dst": "0.0.0.0/0"}]}}
    kubelet = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "containerRuntimeEndpoint": f"unix://{folder}/containerd.sock",
        "clusterDNS": [ADDRESS],
        "clusterDomain": NAMES,
        "resolvConf": "",
        # Containers may be on a machine with the older control groups, and without systemd.
        "failCgroupV1": False,
        "cgroupDriver": "cgroupfs",
        "cgroupsPerQOS": False,
        "enforceNodeAllocatable": [],
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},
        "makeIPTablesUtilChains": False,
        "healthzPort": 0,
        # The disk is not its own.
        "evictionHard": {"memory.available": "50Mi"},
        "imageGCHighThresholdPercent": 100,
        "podLogsDir": f"{folder}/pods",
        "volumePluginDir": f"{folder}/plugins",
    }
    return {
        "containerd.toml": _CONTAINERD.format(folder=folder, debian=debian, pause=PAUSE),
        "network/pods.conflist": json.dumps({"cniVersion": "1.0.0", "name": "pods", "plugins": [network]}),
        "kubelet.json": json.dumps(kubelet),
    }


_NAMES = """. {{
  bind {address}
  errors
  kubernetes {zone} {{
    kubeconfig {kubeconfig}
  }}
  cache 5
}}
"""
_CONTAINERD = """
version = 2
root = "{folder}/images"
state = "{folder}/containers"
[grpc]
address = "{folder}/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
path = "{folder}/opt"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{pause}"
disable_apparmor = true
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{debian}/usr/lib/cni"
conf_dir = "{folder}/network"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
"""


def _volume(folder: Path, number: int) -> dict[str, object]:
    """A folder of the node, for a claim that names no class."""
    place = folder / "volumes" / str(number)
    place.mkdir(parents=True)
    place.chmod(0o777)
    here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [NODE]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"volume-{number}"},
        "spec": {
            "capacity": {"storage": "2Gi"},
            "accessModes": ["ReadWriteOnce"],
            "local": {"path": str(place)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
        },
    }
