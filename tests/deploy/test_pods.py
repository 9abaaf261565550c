"""The pods: closed as `restricted` asks, asked on the right ports, given the time they need, found by who selects."""

from __future__ import annotations

import pytest
import yaml
from service_kit.settings import HttpSettings

from .rendered import (
    OVERLAYS,
    SERVICES,
    Object,
    environment,
    labels,
    objects,
    of_kind,
    selects,
    service_template,
    templates,
)
from .stack import TO_END_SECONDS

TEMPLATES = [
    pytest.param(overlay, name, id=f"{overlay}:{name}") for overlay in OVERLAYS for name, _ in templates(overlay)
]


def _containers(template: Object) -> list[Object]:
    return [*template["spec"].get("initContainers", []), *template["spec"]["containers"]]


@pytest.mark.parametrize(("overlay", "name"), TEMPLATES)
def test_a_pod_may_nothing_that_it_does_not_need(overlay: str, name: str) -> None:
    template = dict(templates(overlay))[name]
    pod = template["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in _containers(template):
        closed = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
        assert container["securityContext"] == closed
        for bound in ("requests", "limits"):
            assert container["resources"][bound].keys() == {"cpu", "memory", "ephemeral-storage"}
        assert ":" in container["image"].rpartition("/")[2], "an image without a version"


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("service", SERVICES)
def test_ports_and_probes_are_those_of_the_settings(overlay: str, service: str) -> None:
    container = service_template(overlay, service)["spec"]["containers"][0]
    fields = HttpSettings.model_fields
    set_to = environment(overlay, container)
    ports = {one["name"]: one["containerPort"] for one in container["ports"]}
    assert not {f"{service.upper()}_HTTP_PORT", f"{service.upper()}_HEALTH_PORT"} & set_to.keys()
    assert ports == {"http": fields["http_port"].default, "health": fields["health_port"].default}
    assert set_to[f"{service.upper()}_HTTP_HOST"] == "0.0.0.0"  # noqa: S104 (in a pod)
    asked = {probe: container[f"{probe}Probe"]["httpGet"] for probe in ("startup", "liveness", "readiness")}
    assert asked == {
        "startup": {"path": "/live", "port": "health"},
        "liveness": {"path": "/live", "port": "health"},
        "readiness": {"path": "/ready", "port": "health"},
    }


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("service", SERVICES)
def test_a_pod_has_the_time_to_end_in_order(overlay: str, service: str) -> None:
    template = service_template(overlay, service)
    container = template["spec"]["containers"][0]
    leaving = float(environment(overlay, container)[f"{service.upper()}_LEAVE_SECONDS"])
    assert leaving + TO_END_SECONDS + 5 <= template["spec"]["terminationGracePeriodSeconds"]
    probe = container["readinessProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] <= leaving


@pytest.mark.parametrize("service", SERVICES)
def test_pods_are_spread_over_zones_and_nodes_and_replaced_one_more_before_one_less(service: str) -> None:
    spec = of_kind("prod", "Deployment")[service]["spec"]
    spread = spec["template"]["spec"]["topologySpreadConstraints"]
    assert [one["topologyKey"] for one in spread] == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
    # Those of one version alone: else a release would count the pods that are about to end.
    assert all((one["maxSkew"], one["matchLabelKeys"]) == (1, ["pod-template-hash"]) for one in spread)
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_selector_finds_pods_and_none_of_another_kind(overlay: str) -> None:
    found = {name: labels(template) for name, template in templates(overlay)}
    asked = 0
    for one in objects(overlay):
        match one["kind"]:
            case "Service":
                selector = {"matchLabels": one["spec"]["selector"]}
            case "Deployment" | "StatefulSet" | "PodDisruptionBudget":
                selector = one["spec"]["selector"]
            case _:
                continue
        asked += 1
        workload = {"postgres-rw": "postgres"}.get(one["metadata"]["name"], one["metadata"]["name"])
        taken = [name for name, has in found.items() if selects(selector, has)]
        assert [name.partition("/")[2] for name in taken] == [workload], one["metadata"]["name"]
        for constraint in one["spec"].get("template", {}).get("spec", {}).get("topologySpreadConstraints", []):
            assert selects(constraint["labelSelector"], labels(one["spec"]["template"]))
    assert asked >= 12


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_service_leads_to_a_port_that_its_pods_have(overlay: str) -> None:
    for name, service in of_kind(overlay, "Service").items():
        workload = {"postgres-rw": "postgres"}.get(name, name)
        template = next(t for n, t in templates(overlay) if n.partition("/")[2] == workload)
        ports = {port["name"] for port in template["spec"]["containers"][0]["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports


@pytest.mark.parametrize("overlay", ["staging", "prod"])
def test_what_scales_names_a_deployment_and_every_pod_is_replaced_and_evicted_gently(overlay: str) -> None:
    deployments = of_kind(overlay, "Deployment")
    for one in of_kind(overlay, "HorizontalPodAutoscaler", "ScaledObject").values():
        target = deployments[one["spec"]["scaleTargetRef"]["name"]]
        assert "replicas" not in target["spec"], "two would set the number"
        assert one["spec"].get("minReplicas", one["spec"].get("minReplicaCount")) >= 2
    for one in of_kind(overlay, "ScaledObject").values():
        assert one["spec"]["fallback"]["replicas"] >= 2
        assert [trigger["type"] for trigger in one["spec"]["triggers"]] == ["cpu", "prometheus"]
    for budget in of_kind(overlay, "PodDisruptionBudget").values():
        assert budget["spec"]["maxUnavailable"] == 1
        assert budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


@pytest.mark.parametrize("overlay", ["staging", "prod"])
def test_every_service_is_asked_for_its_metrics(overlay: str) -> None:
    asked = of_kind(overlay, "PodMonitor")["services"]["spec"]
    (endpoint,) = asked["podMetricsEndpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("health", "/metrics")
    name = {"sourceLabels": ["__meta_kubernetes_pod_label_app_kubernetes_io_name"], "targetLabel": "service"}
    assert endpoint["relabelings"] == [name], "the alerts ask for it"
    taken = {name for name, template in templates(overlay) if selects(asked["selector"], labels(template))}
    assert taken == {f"Deployment/{service}" for service in SERVICES}


def test_the_collector_listens_where_it_is_asked_and_each_pipeline_is_made_of_what_is_declared() -> None:
    container = dict(templates("prod"))["Deployment/otel-collector"]["spec"]["containers"][0]
    (config,) = (one["data"] for name, one in of_kind("prod", "ConfigMap").items() if name.startswith("otel-collector"))
    told = yaml.safe_load(config["collector-config.yaml"])
    scraped = told["service"]["telemetry"]["metrics"]["readers"][0]["pull"]["exporter"]["prometheus"]
    listening = {
        "otlp-http": told["receivers"]["otlp"]["protocols"]["http"]["endpoint"].removeprefix("0.0.0.0:"),
        "metrics": str(scraped["port"]),
        "health": told["extensions"]["health_check"]["endpoint"].removeprefix("0.0.0.0:"),
    }
    assert {port["name"]: str(port["containerPort"]) for port in container["ports"]} == listening
    assert told["service"]["extensions"] == [*told["extensions"]]
    assert told["service"]["pipelines"].keys() == {"traces", "metrics", "logs"}
    for pipeline in told["service"]["pipelines"].values():
        assert pipeline == {part: [*told[part]] for part in ("receivers", "processors", "exporters")}


@pytest.mark.parametrize("overlay", ["staging", "prod"])
def test_every_route_leads_to_a_service_under_a_host_of_the_gateway(overlay: str) -> None:
    gateway = of_kind(overlay, "Gateway")["rendezvous"]["spec"]
    hosts = {one["name"]: one["hostname"] for one in gateway["listeners"]}
    routes = of_kind(overlay, "HTTPRoute")
    assert routes.keys() == set(SERVICES)
    for name, route in routes.items():
        (parent,), (host,) = route["spec"]["parentRefs"], route["spec"]["hostnames"]
        listener = hosts[parent["sectionName"]]
        assert host == listener or host.partition(".")[2] == listener.removeprefix("*.")
        for rule in route["spec"]["rules"]:
            assert rule["backendRefs"] == [{"name": name, "port": 8000}]
            assert rule["timeouts"].keys() == {"request", "backendRequest"}
    container = service_template(overlay, "portal")["spec"]["containers"][0]
    assert environment(overlay, container)["PORTAL_URL"] == f"https://{hosts['portal']}"
