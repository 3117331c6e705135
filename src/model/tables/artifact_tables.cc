// artifact_tables.cc — Artifacts and the places they live in.
#include "model/field.h"
#include "model/tables.h"

namespace model {
namespace {

constexpr Field kArtifact[] = {
    acts("name", "string", "letters, digits, - and _"),
    acts("path", "string", "where it stands in the container"),
    acts("from", "string", "the artifact of another step, as {{steps.a.outputs.artifacts.x}}"),
    acts("fromExpression", "string", "expression that chooses an artifact"),
    acts("subPath", "string", "only this part of a directory"),
    acts("optional", "bool", "it may be missing"),
    acts("mode", "int", "permission bits of the file"),
    acts("recurseMode", "bool", "apply the mode to everything below"),
    acts("archive", "ArchiveStrategy", "how it is packed"),
    acts("globalName", "string", "also publish it as workflow.outputs.artifacts.<globalName>"),
    acts("deleted", "bool", "it has been deleted; written by the controller"),
    acts("artifactGC", "ArtifactGC", "when it is deleted"),
};

constexpr Field kArtifactLocation[] = {
    acts("s3", "S3Artifact", "a bucket of S3 or what speaks like it"),
    acts("gcs", "GCSArtifact", "a bucket of Google Cloud Storage"),
    acts("azure", "AzureArtifact", "a container of Azure Blob Storage"),
    acts("oss", "OSSArtifact", "a bucket of Alibaba Cloud OSS"),
    acts("hdfs", "HDFSArtifact", "a file of Hadoop"),
    acts("artifactory", "ArtifactoryArtifact", "a file of JFrog Artifactory"),
    acts("git", "GitArtifact", "a repository of git"),
    acts("http", "HTTPArtifact", "an address"),
    acts("raw", "RawArtifact", "the content itself"),
    acts("plugin", "PluginArtifact", "a driver of your own"),
    acts("archiveLogs", "bool", "keep logs there too"),
};

constexpr Field kArchiveStrategy[] = {
    acts("none", "NoneStrategy", "not packed: a file as it is"),
    acts("tar", "TarStrategy", "tar, packed by gzip"),
    acts("zip", "ZipStrategy", "zip"),
};

constexpr Field kTarStrategy[] = {
    acts("compressionLevel", "int", "of gzip: 0 not at all to 9 most"),
};

constexpr Field kRawArtifact[] = {
    acts("data", "string", "the content").must(),
};

constexpr Field kHTTPArtifact[] = {
    acts("url", "string", "the address").must(),
    acts("headers", "[]Header", "header lines of the request"),
    acts("auth", "HTTPAuth", "how to log in"),
    acts("saveStreamViaFile", "bool", "write to a file first, then send"),
};

constexpr Field kHeader[] = {
    acts("name", "string", "its name").must(),
    acts("value", "string", "its value").must(),
};

constexpr Field kHTTPAuth[] = {
    acts("basicAuth", "BasicAuth", "user and password"),
    acts("clientCert", "ClientCertAuth", "a certificate"),
    acts("oauth2", "OAuth2Auth", "OAuth 2 client credentials"),
};

constexpr Field kBasicAuth[] = {
    acts("usernameSecret", "SecretKeySelector", "Secret with the user's name"),
    acts("passwordSecret", "SecretKeySelector", "Secret with the password"),
};

constexpr Field kClientCertAuth[] = {
    acts("clientCertSecret", "SecretKeySelector", "Secret with the certificate"),
    acts("clientKeySecret", "SecretKeySelector", "Secret with its key"),
};

constexpr Field kOAuth2Auth[] = {
    acts("clientIDSecret", "SecretKeySelector", "Secret with the client's id"),
    acts("clientSecretSecret", "SecretKeySelector", "Secret with the client's secret"),
    acts("tokenURLSecret", "SecretKeySelector", "Secret with the address that gives tokens"),
    acts("scopes", "[]string", "what to ask for"),
    acts("endpointParams", "[]OAuth2EndpointParam", "further parameters of the request"),
};

constexpr Field kOAuth2EndpointParam[] = {
    acts("key", "string", "its name").must(),
    acts("value", "string", "its value"),
};

constexpr Field kGitArtifact[] = {
    acts("repo", "string", "address of the repository"),
    acts("revision", "string", "commit, tag or branch"),
    acts("branch", "string", "branch to clone"),
    acts("depth", "int", "how many commits to clone"),
    acts("fetch", "[]string", "further references to fetch"),
    acts("singleBranch", "bool", "clone only the branch"),
    acts("disableSubmodules", "bool", "leave submodules out"),
    acts("usernameSecret", "SecretKeySelector", "Secret with the user's name"),
    acts("passwordSecret", "SecretKeySelector", "Secret with the password"),
    acts("sshPrivateKeySecret", "SecretKeySelector", "Secret with the private key"),
    acts("insecureIgnoreHostKey", "bool", "do not check the host's key"),
    acts("insecureSkipTLS", "bool", "do not check the certificate"),
};

constexpr Field kS3Store[] = {
    acts("endpoint", "string", "host and port"),
    acts("bucket", "string", "name of the bucket"),
    acts("region", "string", "region of the bucket"),
    acts("insecure", "bool", "true: plain HTTP"),
    acts("accessKeySecret", "SecretKeySelector", "Secret with the access key"),
    acts("secretKeySecret", "SecretKeySelector", "Secret with the secret key"),
    acts("sessionTokenSecret", "SecretKeySelector", "Secret with a session token"),
    acts("useSDKCreds", "bool", "take credentials from the surroundings"),
    acts("roleARN", "string", "role to take on"),
    acts("createBucketIfNotPresent", "CreateS3BucketOptions",
         "make the bucket when it is not there"),
    acts("encryptionOptions", "S3EncryptionOptions", "encryption on the server"),
    acts("caSecret", "SecretKeySelector", "Secret with the certificate of the authority"),
    acts("addressingStyle", "string", "bucket in the path or in the host name")
        .one_of("auto|path|virtual-hosted"),
};

constexpr Field kS3Artifact[] = {
    acts("key", "string", "key of the object"),
};

constexpr Field kS3ArtifactRepository[] = {
    acts("keyFormat", "string", "pattern of the keys; may hold {{tags}}"),
    acts("keyPrefix", "string", "old name of keyFormat"),
};

constexpr Field kCreateS3BucketOptions[] = {
    acts("objectLocking", "bool", "lock objects against change"),
};

constexpr Field kS3EncryptionOptions[] = {
    acts("enableEncryption", "bool", "encrypt"),
    acts("kmsKeyId", "string", "key of the key management service"),
    acts("kmsEncryptionContext", "string", "context of the encryption, as JSON"),
    acts("serverSideCustomerKeySecret", "SecretKeySelector", "Secret with a key of your own"),
};

constexpr Field kGCSStore[] = {
    acts("bucket", "string", "name of the bucket"),
    acts("serviceAccountKeySecret", "SecretKeySelector",
         "Secret with the key of a service account"),
};

constexpr Field kGCSArtifact[] = {
    acts("key", "string", "key of the object").must(),
};

constexpr Field kGCSArtifactRepository[] = {
    acts("keyFormat", "string", "pattern of the keys; may hold {{tags}}"),
};

constexpr Field kAzureStore[] = {
    acts("endpoint", "string", "address of the account").must(),
    acts("container", "string", "name of the container").must(),
    acts("accountKeySecret", "SecretKeySelector", "Secret with the account's key"),
    acts("useSDKCreds", "bool", "take credentials from the surroundings"),
};

constexpr Field kAzureArtifact[] = {
    acts("blob", "string", "name of the blob").must(),
};

constexpr Field kAzureArtifactRepository[] = {
    acts("blobNameFormat", "string", "pattern of the blobs' names; may hold {{tags}}"),
};

constexpr Field kOSSStore[] = {
    acts("endpoint", "string", "host of the region"),
    acts("bucket", "string", "name of the bucket"),
    acts("accessKeySecret", "SecretKeySelector", "Secret with the access key"),
    acts("secretKeySecret", "SecretKeySelector", "Secret with the secret key"),
    acts("securityToken", "string", "token of a session"),
    acts("useSDKCreds", "bool", "take credentials from the surroundings"),
    acts("createBucketIfNotPresent", "bool", "make the bucket when it is not there"),
    acts("lifecycleRule", "OSSLifecycleRule", "when objects go"),
};

constexpr Field kOSSArtifact[] = {
    acts("key", "string", "key of the object").must(),
};

constexpr Field kOSSArtifactRepository[] = {
    acts("keyFormat", "string", "pattern of the keys; may hold {{tags}}"),
};

constexpr Field kOSSLifecycleRule[] = {
    acts("markDeletionAfterDays", "int", "deleted after so many days"),
    acts("markInfrequentAccessAfterDays", "int", "moved to cheap storage after so many days"),
};

constexpr Field kHDFSStore[] = {
    acts("addresses", "[]string", "name nodes, as host:port"),
    acts("hdfsUser", "string", "user without Kerberos"),
    acts("krbUsername", "string", "user of Kerberos"),
    acts("krbRealm", "string", "realm of Kerberos"),
    acts("krbServicePrincipalName", "string", "principal of the service"),
    acts("krbConfigConfigMap", "ConfigMapKeySelector", "ConfigMap with krb5.conf"),
    acts("krbKeytabSecret", "SecretKeySelector", "Secret with the keytab"),
    acts("krbCCacheSecret", "SecretKeySelector", "Secret with the credential cache"),
    acts("dataTransferProtection", "string", "protection of the data on its way"),
    acts("force", "bool", "copy even when the file is there"),
};

constexpr Field kHDFSArtifact[] = {
    acts("path", "string", "path of the file").must(),
};

constexpr Field kHDFSArtifactRepository[] = {
    acts("pathFormat", "string", "pattern of the paths; may hold {{tags}}"),
};

constexpr Field kArtifactoryArtifact[] = {
    acts("url", "string", "address of the file").must(),
    acts("usernameSecret", "SecretKeySelector", "Secret with the user's name"),
    acts("passwordSecret", "SecretKeySelector", "Secret with the password"),
};

constexpr Field kArtifactoryArtifactRepository[] = {
    acts("repoURL", "string", "address of the repository"),
    acts("keyFormat", "string", "pattern of the keys; may hold {{tags}}"),
    acts("usernameSecret", "SecretKeySelector", "Secret with the user's name"),
    acts("passwordSecret", "SecretKeySelector", "Secret with the password"),
};

constexpr Field kPluginArtifact[] = {
    acts("name", "string", "name of the driver"),
    acts("key", "string", "key of the artifact").must(),
    acts("configuration", "string", "text for the driver"),
    acts("connectionTimeoutSeconds", "int", "seconds to wait for the driver"),
};

constexpr Field kPluginArtifactRepository[] = {
    acts("name", "string", "name of the driver").must(),
    acts("configuration", "string", "text for the driver").must(),
    acts("keyFormat", "string", "pattern of the keys; may hold {{tags}}"),
};

constexpr Field kArtifactRepository[] = {
    acts("archiveLogs", "bool", "keep logs there"),
    acts("s3", "S3ArtifactRepository", "in S3"),
    acts("gcs", "GCSArtifactRepository", "in Google Cloud Storage"),
    acts("azure", "AzureArtifactRepository", "in Azure Blob Storage"),
    acts("oss", "OSSArtifactRepository", "in Alibaba Cloud OSS"),
    acts("hdfs", "HDFSArtifactRepository", "in Hadoop"),
    acts("artifactory", "ArtifactoryArtifactRepository", "in Artifactory"),
    acts("plugin", "PluginArtifactRepository", "behind a driver of your own"),
};

constexpr Type kTypes[] = {
    {"Artifact", "A file or directory that is passed between steps.", kArtifact,
     "ArtifactLocation"},
    {"ArtifactLocation", "Where an artifact lives; one of these.", kArtifactLocation},
    {"ArchiveStrategy", "How an artifact is packed; tar with gzip when nothing is said.",
     kArchiveStrategy},
    {"NoneStrategy", "Not packed; has no fields.", {}},
    {"TarStrategy", "A tar file.", kTarStrategy},
    {"ZipStrategy", "A zip file; has no fields.", {}},
    {"RawArtifact", "Content that is written here.", kRawArtifact},
    {"HTTPArtifact", "A file behind an address.", kHTTPArtifact},
    {"Header", "A header line.", kHeader},
    {"HTTPAuth", "How to log in.", kHTTPAuth},
    {"BasicAuth", "User and password.", kBasicAuth},
    {"ClientCertAuth", "A certificate.", kClientCertAuth},
    {"OAuth2Auth", "OAuth 2 client credentials.", kOAuth2Auth},
    {"OAuth2EndpointParam", "A parameter of the request for a token.", kOAuth2EndpointParam},
    {"GitArtifact", "A repository of git.", kGitArtifact},
    {"S3Store", "A bucket of S3.", kS3Store},
    {"S3Artifact", "An object of S3.", kS3Artifact, "S3Store"},
    {"S3ArtifactRepository", "A repository in S3.", kS3ArtifactRepository, "S3Store"},
    {"CreateS3BucketOptions", "How a bucket is made.", kCreateS3BucketOptions},
    {"S3EncryptionOptions", "Encryption on the server.", kS3EncryptionOptions},
    {"GCSStore", "A bucket of Google Cloud Storage.", kGCSStore},
    {"GCSArtifact", "An object of Google Cloud Storage.", kGCSArtifact, "GCSStore"},
    {"GCSArtifactRepository", "A repository in Google Cloud Storage.", kGCSArtifactRepository,
     "GCSStore"},
    {"AzureStore", "A container of Azure Blob Storage.", kAzureStore},
    {"AzureArtifact", "A blob of Azure.", kAzureArtifact, "AzureStore"},
    {"AzureArtifactRepository", "A repository in Azure Blob Storage.", kAzureArtifactRepository,
     "AzureStore"},
    {"OSSStore", "A bucket of Alibaba Cloud OSS.", kOSSStore},
    {"OSSArtifact", "An object of Alibaba Cloud OSS.", kOSSArtifact, "OSSStore"},
    {"OSSArtifactRepository", "A repository in Alibaba Cloud OSS.", kOSSArtifactRepository,
     "OSSStore"},
    {"OSSLifecycleRule", "When objects of a bucket go.", kOSSLifecycleRule},
    {"HDFSStore", "A Hadoop file system.", kHDFSStore},
    {"HDFSArtifact", "A file of Hadoop.", kHDFSArtifact, "HDFSStore"},
    {"HDFSArtifactRepository", "A repository in Hadoop.", kHDFSArtifactRepository, "HDFSStore"},
    {"ArtifactoryArtifact", "A file of Artifactory.", kArtifactoryArtifact},
    {"ArtifactoryArtifactRepository", "A repository in Artifactory.",
     kArtifactoryArtifactRepository},
    {"PluginArtifact", "An artifact behind a driver of your own.", kPluginArtifact},
    {"PluginArtifactRepository", "A repository behind a driver of your own.",
     kPluginArtifactRepository},
    {"ArtifactRepository", "Where artifacts without a location go; one of these.",
     kArtifactRepository},
};

}  // namespace

std::span<const Type> artifact_tables() { return kTypes; }

}  // namespace model
