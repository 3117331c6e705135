// volume_tables.cc — Kubernetes' volumes: emptyDir, hostPath, ConfigMaps and Secrets act; the rest
// needs a cluster.
#include "model/field.h"
#include "model/tables.h"

namespace model {
namespace {

constexpr Field kVolume[] = {
    acts("name", "string", "name of the volume").must(),
    acts("emptyDir", "EmptyDirVolumeSource", "an empty directory that lives as long as the pod"),
    acts("hostPath", "HostPathVolumeSource", "a file or directory of the machine"),
    acts("configMap", "ConfigMapVolumeSource", "the keys of a ConfigMap as files"),
    acts("secret", "SecretVolumeSource", "the keys of a Secret as files"),
    acts("downwardAPI", "DownwardAPIVolumeSource", "fields of the pod as files"),
    acts("projected", "ProjectedVolumeSource", "several sources in one directory"),
    refused("persistentVolumeClaim", "PersistentVolumeClaimVolumeSource", "a claim"),
    refused("ephemeral", "EphemeralVolumeSource", "a claim made for the pod"),
    refused("image", "ImageVolumeSource", "the files of an image"),
    refused("nfs", "NFSVolumeSource", "a directory of an NFS server"),
    refused("csi", "CSIVolumeSource", "a driver of the cluster"),
    refused("iscsi", "ISCSIVolumeSource", "an iSCSI disk"),
    refused("awsElasticBlockStore", "AWSElasticBlockStoreVolumeSource", "a disk of AWS"),
    refused("azureDisk", "AzureDiskVolumeSource", "a disk of Azure"),
    refused("azureFile", "AzureFileVolumeSource", "a share of Azure"),
    refused("cephfs", "CephFSVolumeSource", "a directory of CephFS"),
    refused("cinder", "CinderVolumeSource", "a disk of OpenStack"),
    refused("fc", "FCVolumeSource", "a Fibre Channel disk"),
    refused("flexVolume", "FlexVolumeSource", "an old kind of driver"),
    refused("flocker", "FlockerVolumeSource", "a volume of Flocker"),
    refused("gcePersistentDisk", "GCEPersistentDiskVolumeSource", "a disk of Google"),
    refused("gitRepo", "GitRepoVolumeSource", "a clone of a repository"),
    refused("glusterfs", "GlusterfsVolumeSource", "a volume of Gluster"),
    refused("photonPersistentDisk", "PhotonPersistentDiskVolumeSource", "a disk of Photon"),
    refused("portworxVolume", "PortworxVolumeSource", "a volume of Portworx"),
    refused("quobyte", "QuobyteVolumeSource", "a volume of Quobyte"),
    refused("rbd", "RBDVolumeSource", "a block device of Ceph"),
    refused("scaleIO", "ScaleIOVolumeSource", "a volume of ScaleIO"),
    refused("storageos", "StorageOSVolumeSource", "a volume of StorageOS"),
    refused("vsphereVolume", "VsphereVirtualDiskVolumeSource", "a disk of vSphere"),
};

constexpr Field kEmptyDirVolumeSource[] = {
    acts("medium", "string", "Memory keeps it in memory").one_of("Memory|HugePages"),
    acts("sizeLimit", "Quantity", "how large it may grow"),
};

constexpr Field kHostPathVolumeSource[] = {
    acts("path", "string", "where").must(),
    acts("type", "string", "what must be there")
        .or_else("\"\"")
        .one_of("DirectoryOrCreate|Directory|FileOrCreate|File|Socket|CharDevice|BlockDevice"),
};

constexpr Field kConfigMapVolumeSource[] = {
    acts("name", "string", "the ConfigMap"),
    acts("items", "[]KeyToPath", "only these keys, under these names"),
    acts("defaultMode", "int", "permission bits; 0644 when empty").or_else("420"),
    acts("optional", "bool", "it may be missing"),
};

constexpr Field kSecretVolumeSource[] = {
    acts("secretName", "string", "the Secret"),
    acts("items", "[]KeyToPath", "only these keys, under these names"),
    acts("defaultMode", "int", "permission bits; 0644 when empty").or_else("420"),
    acts("optional", "bool", "it may be missing"),
};

constexpr Field kKeyToPath[] = {
    acts("key", "string", "the key").must(),
    acts("path", "string", "the file").must(),
    acts("mode", "int", "permission bits"),
};

constexpr Field kDownwardAPIVolumeSource[] = {
    acts("items", "[]DownwardAPIVolumeFile", "the files"),
    acts("defaultMode", "int", "permission bits; 0644 when empty").or_else("420"),
};

constexpr Field kDownwardAPIVolumeFile[] = {
    acts("path", "string", "the file").must(),
    acts("fieldRef", "ObjectFieldSelector", "the field"),
    acts("resourceFieldRef", "ResourceFieldSelector", "a limit or request"),
    acts("mode", "int", "permission bits"),
};

constexpr Field kProjectedVolumeSource[] = {
    acts("sources", "[]VolumeProjection", "the sources"),
    acts("defaultMode", "int", "permission bits; 0644 when empty").or_else("420"),
};

constexpr Field kVolumeProjection[] = {
    acts("configMap", "ConfigMapProjection", "keys of a ConfigMap"),
    acts("secret", "SecretProjection", "keys of a Secret"),
    acts("downwardAPI", "DownwardAPIProjection", "fields of the pod"),
    refused("serviceAccountToken", "ServiceAccountTokenProjection",
            "a token of the service account"),
    refused("clusterTrustBundle", "ClusterTrustBundleProjection", "certificates of authorities"),
    refused("podCertificate", "PodCertificateProjection", "a certificate of the pod"),
};

constexpr Field kConfigMapProjection[] = {
    acts("name", "string", "the ConfigMap"),
    acts("items", "[]KeyToPath", "only these keys"),
    acts("optional", "bool", "it may be missing"),
};

constexpr Field kSecretProjection[] = {
    acts("name", "string", "the Secret"),
    acts("items", "[]KeyToPath", "only these keys"),
    acts("optional", "bool", "it may be missing"),
};

constexpr Field kDownwardAPIProjection[] = {
    acts("items", "[]DownwardAPIVolumeFile", "the files"),
};

constexpr Field kServiceAccountTokenProjection[] = {
    acts("path", "string", "the file").must(),
    acts("audience", "string", "for whom the token is"),
    acts("expirationSeconds", "int", "how long it is valid").or_else("3600"),
};

constexpr Field kClusterTrustBundleProjection[] = {
    acts("path", "string", "the file").must(),
    acts("name", "string", "one bundle"),
    acts("signerName", "string", "all bundles of a signer"),
    acts("labelSelector", "LabelSelector", "bundles with these labels"),
    acts("optional", "bool", "it may be missing"),
};

constexpr Field kPodCertificateProjection[] = {
    acts("signerName", "string", "who signs").must(),
    acts("keyType", "string", "kind of key").must(),
    acts("maxExpirationSeconds", "int", "how long it is valid"),
    acts("credentialBundlePath", "string", "file with key and certificates"),
    acts("keyPath", "string", "file with the key"),
    acts("certificateChainPath", "string", "file with the certificates"),
    acts("userAnnotations", "map[string]string", "texts for the signer"),
};

constexpr Field kPersistentVolumeClaimVolumeSource[] = {
    acts("claimName", "string", "its name").must(),
    acts("readOnly", "bool", "without writing"),
};

constexpr Field kEphemeralVolumeSource[] = {
    acts("volumeClaimTemplate", "PersistentVolumeClaimTemplate", "the claim"),
};

constexpr Field kPersistentVolumeClaimTemplate[] = {
    acts("metadata", "ObjectMeta", "labels and annotations"),
    acts("spec", "PersistentVolumeClaimSpec", "what is asked for").must(),
};

constexpr Field kPersistentVolumeClaim[] = {
    acts("apiVersion", "string", "always v1"),
    acts("kind", "string", "always PersistentVolumeClaim"),
    acts("metadata", "ObjectMeta", "name and labels"),
    acts("spec", "PersistentVolumeClaimSpec", "what is asked for"),
    acts("status", "PersistentVolumeClaimStatus", "what was given"),
};

constexpr Field kPersistentVolumeClaimSpec[] = {
    acts("accessModes", "[]string", "who may use it at once"),
    acts("resources", "VolumeResourceRequirements", "how much"),
    acts("storageClassName", "string", "of which class"),
    acts("volumeMode", "string", "files or a block device")
        .or_else("\"Filesystem\"")
        .one_of("Filesystem|Block"),
    acts("volumeName", "string", "one volume by name"),
    acts("selector", "LabelSelector", "volumes with these labels"),
    acts("dataSource", "TypedLocalObjectReference", "filled from this object"),
    acts("dataSourceRef", "TypedObjectReference", "filled from this object of any kind"),
    acts("volumeAttributesClassName", "string", "class of further attributes"),
};

constexpr Field kVolumeResourceRequirements[] = {
    acts("requests", "map[string]Quantity", "at least"),
    acts("limits", "map[string]Quantity", "at most"),
};

constexpr Field kTypedLocalObjectReference[] = {
    acts("apiGroup", "string", "its group"),
    acts("kind", "string", "its kind").must(),
    acts("name", "string", "its name").must(),
};

constexpr Field kTypedObjectReference[] = {
    acts("apiGroup", "string", "its group"),
    acts("kind", "string", "its kind").must(),
    acts("name", "string", "its name").must(),
    acts("namespace", "string", "its namespace"),
};

constexpr Field kPersistentVolumeClaimStatus[] = {
    acts("phase", "string", "where it stands").or_else("\"Pending\""),
    acts("accessModes", "[]string", "who may use it at once"),
    acts("capacity", "map[string]Quantity", "how much it is"),
    acts("conditions", "[]PersistentVolumeClaimCondition", "notes")
        .map_by("type")
        .merged_by("type"),
    acts("allocatedResources", "map[string]Quantity", "how much was set aside"),
    acts("allocatedResourceStatuses", "map[string]string", "how far growing got"),
    acts("currentVolumeAttributesClassName", "string", "class of further attributes"),
    acts("modifyVolumeStatus", "ModifyVolumeStatus", "how far a change got"),
};

constexpr Field kPersistentVolumeClaimCondition[] = {
    acts("type", "string", "what it is about").must(),
    acts("status", "string", "True, False or Unknown").must(),
    acts("reason", "string", "a word"),
    acts("message", "string", "in words"),
    acts("lastProbeTime", "Time", "when it was looked at"),
    acts("lastTransitionTime", "Time", "when it changed"),
};

constexpr Field kModifyVolumeStatus[] = {
    acts("status", "string", "where it stands").must(),
    acts("targetVolumeAttributesClassName", "string", "class that is wanted"),
};

constexpr Field kImageVolumeSource[] = {
    acts("reference", "string", "the image"),
    acts("pullPolicy", "string", "when to ask the registry").one_of("Always|IfNotPresent|Never"),
};

constexpr Field kNFSVolumeSource[] = {
    acts("server", "string", "the server").must(),
    acts("path", "string", "the directory").must(),
    acts("readOnly", "bool", "without writing"),
};

constexpr Field kCSIVolumeSource[] = {
    acts("driver", "string", "its name").must(),
    acts("fsType", "string", "file system"),
    acts("readOnly", "bool", "without writing"),
    acts("volumeAttributes", "map[string]string", "texts for the driver"),
    acts("nodePublishSecretRef", "LocalObjectReference", "Secret for the driver"),
};

constexpr Field kISCSIVolumeSource[] = {
    acts("targetPortal", "string", "address").must(),
    acts("portals", "[]string", "further addresses"),
    acts("iqn", "string", "name of the target").must(),
    acts("lun", "int", "number of the unit").must(),
    acts("iscsiInterface", "string", "interface").or_else("\"default\""),
    acts("initiatorName", "string", "name of this side"),
    acts("fsType", "string", "file system"),
    acts("readOnly", "bool", "without writing"),
    acts("chapAuthDiscovery", "bool", "log in to find"),
    acts("chapAuthSession", "bool", "log in to use"),
    acts("secretRef", "LocalObjectReference", "Secret with the log-in"),
};

constexpr Field kAWSElasticBlockStoreVolumeSource[] = {
    acts("volumeID", "string", "its id").must(),
    acts("partition", "int", "partition"),
    acts("fsType", "string", "file system"),
    acts("readOnly", "bool", "without writing"),
};

constexpr Field kAzureDiskVolumeSource[] = {
    acts("diskName", "string", "its name").must(),
    acts("diskURI", "string", "its address").must(),
    acts("kind", "string", "kind of disk").or_else("\"Shared\""),
    acts("cachingMode", "string", "caching").or_else("\"ReadWrite\""),
    acts("fsType", "string", "file system").or_else("\"ext4\""),
    acts("readOnly", "bool", "without writing").or_else("false"),
};

constexpr Field kAzureFileVolumeSource[] = {
    acts("shareName", "string", "its name").must(),
    acts("secretName", "string", "Secret with the log-in").must(),
    acts("readOnly", "bool", "without writing"),
};

constexpr Field kCephFSVolumeSource[] = {
    acts("monitors", "[]string", "addresses").must(),
    acts("path", "string", "the directory"),
    acts("user", "string", "the user"),
    acts("secretRef", "LocalObjectReference", "Secret of the user"),
    acts("secretFile", "string", "file with the secret"),
    acts("readOnly", "bool", "without writing"),
};

constexpr Field kCinderVolumeSource[] = {
    acts("volumeID", "string", "its id").must(),
    acts("fsType", "string", "file system"),
    acts("readOnly", "bool", "without writing"),
    acts("secretRef", "LocalObjectReference", "Secret with the log-in"),
};

constexpr Field kFCVolumeSource[] = {
    acts("targetWWNs", "[]string", "names of the target"),
    acts("wwids", "[]string", "ids of the disk"),
    acts("lun", "int", "number of the unit"),
    acts("fsType", "string", "file system"),
    acts("readOnly", "bool", "without writing"),
};

constexpr Field kFlexVolumeSource[] = {
    acts("driver", "string", "its name").must(),
    acts("fsType", "string", "file system"),
    acts("options", "map[string]string", "texts for the driver"),
    acts("readOnly", "bool", "without writing"),
    acts("secretRef", "LocalObjectReference", "Secret for the driver"),
};

constexpr Field kFlockerVolumeSource[] = {
    acts("datasetName", "string", "its name"),
    acts("datasetUUID", "string", "its id"),
};

constexpr Field kGCEPersistentDiskVolumeSource[] = {
    acts("pdName", "string", "its name").must(),
    acts("partition", "int", "partition"),
    acts("fsType", "string", "file system"),
    acts("readOnly", "bool", "without writing"),
};

constexpr Field kGitRepoVolumeSource[] = {
    acts("repository", "string", "its address").must(),
    acts("revision", "string", "the commit"),
    acts("directory", "string", "where to put it"),
};

constexpr Field kGlusterfsVolumeSource[] = {
    acts("endpoints", "string", "addresses").must(),
    acts("path", "string", "the volume").must(),
    acts("readOnly", "bool", "without writing"),
};

constexpr Field kPhotonPersistentDiskVolumeSource[] = {
    acts("pdID", "string", "its id").must(),
    acts("fsType", "string", "file system"),
};

constexpr Field kPortworxVolumeSource[] = {
    acts("volumeID", "string", "its id").must(),
    acts("fsType", "string", "file system"),
    acts("readOnly", "bool", "without writing"),
};

constexpr Field kQuobyteVolumeSource[] = {
    acts("registry", "string", "addresses").must(),
    acts("volume", "string", "its name").must(),
    acts("user", "string", "the user"),
    acts("group", "string", "the group"),
    acts("tenant", "string", "the tenant"),
    acts("readOnly", "bool", "without writing"),
};

constexpr Field kRBDVolumeSource[] = {
    acts("monitors", "[]string", "addresses").must(),
    acts("image", "string", "its name").must(),
    acts("pool", "string", "pool").or_else("\"rbd\""),
    acts("user", "string", "the user").or_else("\"admin\""),
    acts("keyring", "string", "file with the key").or_else("\"/etc/ceph/keyring\""),
    acts("secretRef", "LocalObjectReference", "Secret of the user"),
    acts("fsType", "string", "file system"),
    acts("readOnly", "bool", "without writing"),
};

constexpr Field kScaleIOVolumeSource[] = {
    acts("gateway", "string", "address").must(),
    acts("system", "string", "the system").must(),
    acts("volumeName", "string", "its name"),
    acts("protectionDomain", "string", "domain"),
    acts("storagePool", "string", "pool"),
    acts("storageMode", "string", "how it is stored").or_else("\"ThinProvisioned\""),
    acts("fsType", "string", "file system").or_else("\"xfs\""),
    acts("readOnly", "bool", "without writing"),
    acts("secretRef", "LocalObjectReference", "Secret with the log-in").must(),
    acts("sslEnabled", "bool", "encrypt the traffic"),
};

constexpr Field kStorageOSVolumeSource[] = {
    acts("volumeName", "string", "its name"),
    acts("volumeNamespace", "string", "its namespace"),
    acts("fsType", "string", "file system"),
    acts("readOnly", "bool", "without writing"),
    acts("secretRef", "LocalObjectReference", "Secret with the log-in"),
};

constexpr Field kVsphereVirtualDiskVolumeSource[] = {
    acts("volumePath", "string", "its path").must(),
    acts("fsType", "string", "file system"),
    acts("storagePolicyName", "string", "policy"),
    acts("storagePolicyID", "string", "id of the policy"),
};

constexpr Type kTypes[] = {
    {"Volume", "Files that containers may mount; a name and one source.", kVolume},
    {"EmptyDirVolumeSource", "An empty directory.", kEmptyDirVolumeSource},
    {"HostPathVolumeSource", "A file or directory of the machine.", kHostPathVolumeSource},
    {"ConfigMapVolumeSource", "The keys of a ConfigMap as files.", kConfigMapVolumeSource},
    {"SecretVolumeSource", "The keys of a Secret as files.", kSecretVolumeSource},
    {"KeyToPath", "A key and the name of its file.", kKeyToPath},
    {"DownwardAPIVolumeSource", "Fields of the pod as files.", kDownwardAPIVolumeSource},
    {"DownwardAPIVolumeFile", "A field of the pod as a file.", kDownwardAPIVolumeFile},
    {"ProjectedVolumeSource", "Several sources in one directory.", kProjectedVolumeSource},
    {"VolumeProjection", "One source of several.", kVolumeProjection},
    {"ConfigMapProjection", "Keys of a ConfigMap.", kConfigMapProjection},
    {"SecretProjection", "Keys of a Secret.", kSecretProjection},
    {"DownwardAPIProjection", "Fields of the pod.", kDownwardAPIProjection},
    {"ServiceAccountTokenProjection", "A token of the service account.",
     kServiceAccountTokenProjection},
    {"ClusterTrustBundleProjection", "Certificates of authorities.", kClusterTrustBundleProjection},
    {"PodCertificateProjection", "A certificate of the pod.", kPodCertificateProjection},
    {"PersistentVolumeClaimVolumeSource", "A claim.", kPersistentVolumeClaimVolumeSource},
    {"EphemeralVolumeSource", "A claim made for the pod.", kEphemeralVolumeSource},
    {"PersistentVolumeClaimTemplate", "A claim that is made.", kPersistentVolumeClaimTemplate},
    {"PersistentVolumeClaim", "A claim for storage.", kPersistentVolumeClaim},
    {"PersistentVolumeClaimSpec", "What storage is asked for.", kPersistentVolumeClaimSpec},
    {"VolumeResourceRequirements", "How much storage.", kVolumeResourceRequirements},
    {"TypedLocalObjectReference",
     "An object in the same namespace.",
     kTypedLocalObjectReference,
     {},
     true},
    {"TypedObjectReference", "An object.", kTypedObjectReference},
    {"PersistentVolumeClaimStatus", "What was given for a claim.", kPersistentVolumeClaimStatus},
    {"PersistentVolumeClaimCondition", "A note about a claim.", kPersistentVolumeClaimCondition},
    {"ModifyVolumeStatus", "How far a change of a volume got.", kModifyVolumeStatus},
    {"ImageVolumeSource", "The files of an image.", kImageVolumeSource},
    {"NFSVolumeSource", "A directory of an NFS server.", kNFSVolumeSource},
    {"CSIVolumeSource", "A driver of the cluster.", kCSIVolumeSource},
    {"ISCSIVolumeSource", "An iSCSI disk.", kISCSIVolumeSource},
    {"AWSElasticBlockStoreVolumeSource", "A disk of AWS.", kAWSElasticBlockStoreVolumeSource},
    {"AzureDiskVolumeSource", "A disk of Azure.", kAzureDiskVolumeSource},
    {"AzureFileVolumeSource", "A share of Azure.", kAzureFileVolumeSource},
    {"CephFSVolumeSource", "A directory of CephFS.", kCephFSVolumeSource},
    {"CinderVolumeSource", "A disk of OpenStack.", kCinderVolumeSource},
    {"FCVolumeSource", "A Fibre Channel disk.", kFCVolumeSource},
    {"FlexVolumeSource", "An old kind of driver.", kFlexVolumeSource},
    {"FlockerVolumeSource", "A volume of Flocker.", kFlockerVolumeSource},
    {"GCEPersistentDiskVolumeSource", "A disk of Google.", kGCEPersistentDiskVolumeSource},
    {"GitRepoVolumeSource", "A clone of a repository.", kGitRepoVolumeSource},
    {"GlusterfsVolumeSource", "A volume of Gluster.", kGlusterfsVolumeSource},
    {"PhotonPersistentDiskVolumeSource", "A disk of Photon.", kPhotonPersistentDiskVolumeSource},
    {"PortworxVolumeSource", "A volume of Portworx.", kPortworxVolumeSource},
    {"QuobyteVolumeSource", "A volume of Quobyte.", kQuobyteVolumeSource},
    {"RBDVolumeSource", "A block device of Ceph.", kRBDVolumeSource},
    {"ScaleIOVolumeSource", "A volume of ScaleIO.", kScaleIOVolumeSource},
    {"StorageOSVolumeSource", "A volume of StorageOS.", kStorageOSVolumeSource},
    {"VsphereVirtualDiskVolumeSource", "A disk of vSphere.", kVsphereVirtualDiskVolumeSource},
};

}  // namespace

std::span<const Type> volume_tables() { return kTypes; }

}  // namespace model
