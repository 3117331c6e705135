// service_tables.cc — Kubernetes' services, and what leads to them.
#include "model/field.h"
#include "model/tables.h"

namespace model {
namespace {

constexpr Field kService[] = {
    acts("spec", "ServiceSpec", "what is wanted"),
    acts("status", "ServiceStatus", "how it is"),
};

constexpr Field kServiceSpec[] = {
    acts("allocateLoadBalancerNodePorts", "bool", "allocate load balancer node ports"),
    acts("clusterIP", "string", "address inside; None for no address"),
    acts("clusterIPs", "[]string", "all addresses inside"),
    acts("externalIPs", "[]string", "further addresses that lead here"),
    acts("externalName", "string", "name that it stands for"),
    acts("externalTrafficPolicy", "string", "external traffic policy"),
    acts("healthCheckNodePort", "int", "health check node port"),
    acts("internalTrafficPolicy", "string", "internal traffic policy"),
    acts("ipFamilies", "[]string", "ip families"),
    acts("ipFamilyPolicy", "string", "ip family policy"),
    acts("loadBalancerClass", "string", "load balancer class"),
    acts("loadBalancerIP", "string", "load balancer IP"),
    acts("loadBalancerSourceRanges", "[]string", "load balancer source ranges"),
    acts("ports", "[]ServicePort", "the ports").map_by("port,protocol").merged_by("port"),
    acts("publishNotReadyAddresses", "bool", "publish not ready addresses"),
    acts("selector", "map[string]string", "which pods it means").whole(),
    acts("sessionAffinity", "string", "None, or ClientIP to keep a client on a pod")
        .or_else("\"None\""),
    acts("sessionAffinityConfig", "SessionAffinityConfig", "session affinity config"),
    acts("trafficDistribution", "string", "traffic distribution"),
    acts("type", "string", "which kind of it").or_else("\"ClusterIP\""),
};

constexpr Field kServicePort[] = {
    acts("appProtocol", "string", "protocol above it"),
    acts("name", "string", "its name"),
    acts("nodePort", "int", "port on each machine"),
    acts("port", "int", "number of the port"),
    acts("protocol", "string", "TCP when empty").or_else("\"TCP\""),
    acts("targetPort", "IntOrString", "port of the pods, number or name; the same port when empty"),
};

constexpr Field kSessionAffinityConfig[] = {
    acts("clientIP", "ClientIPConfig", "client IP"),
};

constexpr Field kClientIPConfig[] = {
    acts("timeoutSeconds", "int", "seconds until it is forgotten"),
};

constexpr Field kServiceStatus[] = {
    acts("conditions", "[]MetaCondition", "what is known of it, one entry a type")
        .map_by("type")
        .merged_by("type"),
    acts("loadBalancer", "LoadBalancerStatus", "state of the load balancer"),
};

constexpr Field kLoadBalancerStatus[] = {
    acts("ingress", "[]LoadBalancerIngress", "who may come in, or where to come in"),
};

constexpr Field kLoadBalancerIngress[] = {
    acts("hostname", "string", "hostname"),
    acts("ip", "string", "ip"),
    acts("ipMode", "string", "ip mode"),
    acts("ports", "[]PortStatus", "the ports"),
};

constexpr Field kPortStatus[] = {
    acts("error", "string", "error"),
    acts("port", "int", "number of the port"),
    acts("protocol", "string", "TCP when empty"),
};

constexpr Field kIngress[] = {
    acts("spec", "IngressSpec", "what is wanted"),
    acts("status", "IngressStatus", "how it is"),
};

constexpr Field kIngressSpec[] = {
    acts("defaultBackend", "IngressBackend", "where everything else leads"),
    acts("ingressClassName", "string", "which controller serves it"),
    acts("rules", "[]IngressRule", "the rules"),
    acts("tls", "[]IngressTLS", "certificates for hosts"),
};

constexpr Field kIngressBackend[] = {
    acts("resource", "TypedLocalObjectReference", "resource"),
    acts("service", "IngressServiceBackend", "service"),
};

constexpr Field kIngressServiceBackend[] = {
    acts("name", "string", "its name"),
    acts("port", "ServiceBackendPort", "number of the port"),
};

constexpr Field kServiceBackendPort[] = {
    acts("name", "string", "its name"),
    acts("number", "int", "number"),
};

constexpr Field kIngressRule[] = {
    acts("host", "string", "name of the host"),
    acts("http", "HTTPIngressRuleValue", "its paths"),
};

constexpr Field kHTTPIngressRuleValue[] = {
    acts("paths", "[]HTTPIngressPath", "paths and where they lead"),
};

constexpr Field kHTTPIngressPath[] = {
    acts("backend", "IngressBackend", "where it leads"),
    acts("path", "string", "the path"),
    acts("pathType", "string", "Exact, Prefix or ImplementationSpecific"),
};

constexpr Field kIngressTLS[] = {
    acts("hosts", "[]string", "names of hosts"),
    acts("secretName", "string", "the Secret with the certificate"),
};

constexpr Field kIngressStatus[] = {
    acts("loadBalancer", "IngressLoadBalancerStatus", "state of the load balancer"),
};

constexpr Field kIngressLoadBalancerStatus[] = {
    acts("ingress", "[]IngressLoadBalancerIngress", "who may come in, or where to come in"),
};

constexpr Field kIngressLoadBalancerIngress[] = {
    acts("hostname", "string", "hostname"),
    acts("ip", "string", "ip"),
    acts("ports", "[]IngressPortStatus", "the ports"),
};

constexpr Field kIngressPortStatus[] = {
    acts("error", "string", "error"),
    acts("port", "int", "number of the port"),
    acts("protocol", "string", "TCP when empty"),
};

constexpr Field kNetworkPolicy[] = {
    acts("spec", "NetworkPolicySpec", "what is wanted"),
};

constexpr Field kNetworkPolicySpec[] = {
    acts("egress", "[]NetworkPolicyEgressRule", "where pods may go"),
    acts("ingress", "[]NetworkPolicyIngressRule", "who may come in, or where to come in"),
    acts("podSelector", "LabelSelector", "which pods"),
    acts("policyTypes", "[]string", "Ingress, Egress or both"),
};

constexpr Field kNetworkPolicyEgressRule[] = {
    acts("ports", "[]NetworkPolicyPort", "the ports"),
    acts("to", "[]NetworkPolicyPeer", "where they may go"),
};

constexpr Field kNetworkPolicyPort[] = {
    acts("endPort", "int", "end port"),
    acts("port", "IntOrString", "number of the port"),
    acts("protocol", "string", "TCP when empty").or_else("\"TCP\""),
};

constexpr Field kNetworkPolicyPeer[] = {
    acts("ipBlock", "IPBlock", "ip block"),
    acts("namespaceSelector", "LabelSelector", "which namespaces"),
    acts("podSelector", "LabelSelector", "which pods"),
};

constexpr Field kIPBlock[] = {
    acts("cidr", "string", "a block of addresses"),
    acts("except", "[]string", "blocks that are left out"),
};

constexpr Field kNetworkPolicyIngressRule[] = {
    acts("from", "[]NetworkPolicyPeer", "who may come in"),
    acts("ports", "[]NetworkPolicyPort", "the ports"),
};

constexpr Field kEndpoints[] = {
    acts("subsets", "[]EndpointSubset", "addresses and ports, in groups"),
};

constexpr Field kEndpointSubset[] = {
    acts("addresses", "[]EndpointAddress", "addresses of the machine"),
    acts("notReadyAddresses", "[]EndpointAddress", "not ready addresses"),
    acts("ports", "[]EndpointPort", "the ports"),
};

constexpr Field kEndpointAddress[] = {
    acts("hostname", "string", "hostname"),
    acts("ip", "string", "ip"),
    acts("nodeName", "string", "node name"),
    acts("targetRef", "ObjectReference", "target ref"),
};

constexpr Field kEndpointPort[] = {
    acts("appProtocol", "string", "protocol above it"),
    acts("name", "string", "its name"),
    acts("port", "int", "number of the port"),
    acts("protocol", "string", "TCP when empty").or_else("\"TCP\""),
};

constexpr Type kTypes[] = {
    {"Service", "A name and an address for a set of pods.", kService, "ObjectBase"},
    {"ServiceSpec", "Service spec.", kServiceSpec},
    {"ServicePort", "Service port.", kServicePort},
    {"SessionAffinityConfig", "Session affinity config.", kSessionAffinityConfig},
    {"ClientIPConfig", "Client IPConfig.", kClientIPConfig},
    {"ServiceStatus", "How it is: service status.", kServiceStatus},
    {"LoadBalancerStatus", "How it is: load balancer status.", kLoadBalancerStatus},
    {"LoadBalancerIngress", "Load balancer ingress.", kLoadBalancerIngress},
    {"PortStatus", "How it is: port status.", kPortStatus},
    {"Ingress", "Hosts and paths that lead to services.", kIngress, "ObjectBase"},
    {"IngressSpec", "Ingress spec.", kIngressSpec},
    {"IngressBackend", "Ingress backend.", kIngressBackend},
    {"IngressServiceBackend", "Ingress service backend.", kIngressServiceBackend},
    {"ServiceBackendPort", "Service backend port.", kServiceBackendPort, {}, true},
    {"IngressRule", "Ingress rule.", kIngressRule},
    {"HTTPIngressRuleValue", "HTTPIngress rule value.", kHTTPIngressRuleValue},
    {"HTTPIngressPath", "HTTPIngress path.", kHTTPIngressPath},
    {"IngressTLS", "Ingress TLS.", kIngressTLS},
    {"IngressStatus", "How it is: ingress status.", kIngressStatus},
    {"IngressLoadBalancerStatus", "How it is: ingress load balancer status.",
     kIngressLoadBalancerStatus},
    {"IngressLoadBalancerIngress", "Ingress load balancer ingress.", kIngressLoadBalancerIngress},
    {"IngressPortStatus", "How it is: ingress port status.", kIngressPortStatus},
    {"NetworkPolicy", "Who may talk to a set of pods.", kNetworkPolicy, "ObjectBase"},
    {"NetworkPolicySpec", "Network policy spec.", kNetworkPolicySpec},
    {"NetworkPolicyEgressRule", "Network policy egress rule.", kNetworkPolicyEgressRule},
    {"NetworkPolicyPort", "Network policy port.", kNetworkPolicyPort},
    {"NetworkPolicyPeer", "Network policy peer.", kNetworkPolicyPeer},
    {"IPBlock", "IPBlock.", kIPBlock},
    {"NetworkPolicyIngressRule", "Network policy ingress rule.", kNetworkPolicyIngressRule},
    {"Endpoints", "Addresses behind a service.", kEndpoints, "ObjectBase"},
    {"EndpointSubset", "Endpoint subset.", kEndpointSubset},
    {"EndpointAddress", "Endpoint address.", kEndpointAddress, {}, true},
    {"EndpointPort", "Endpoint port.", kEndpointPort, {}, true},
};

}  // namespace

std::span<const Type> service_tables() { return kTypes; }

}  // namespace model
