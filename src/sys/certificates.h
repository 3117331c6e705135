// certificates.h — a certificate authority of our own, and the server's certificate from it: made
// at first use, kept in a folder, renewed before they end.
//
//   ca.crt   what clients trust (10 years)    ca.key       mode 0600
//   server.crt, with the CA's (1 year)        server.key   mode 0600
#pragma once
#include <span>
#include <string>

#include "base/error.h"
#include "sys/clock.h"
#include "sys/files.h"
#include "sys/http.h"

namespace sys {

// `names`: DNS names and IP addresses that the server is reached by. Renewed when it has less than
// 30 days to live, has not all names, or is not of this CA. One process at a time.
base::Result<TlsIdentity> ensure_certificate(Files& files, const std::string& folder,
                                             std::span<const std::string> names,
                                             const Clock& clock);
// What ensure_certificate() has made: for clients of this machine.
base::Result<std::string> ca_pem(Files& files, const std::string& folder);

// SHA-256 of the first certificate, as "AB:CD:…"; "" when there is none.
std::string fingerprint(const std::string& certificate_pem);

}  // namespace sys
