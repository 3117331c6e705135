#include "runtime/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "runtime/scratch_test.h"

namespace runtime {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

kube::DoctorFinding find(const std::vector<kube::DoctorFinding>& findings, const char* what) {
  const auto found = std::ranges::find(findings, what, &kube::DoctorFinding::what);
  EXPECT_NE(found, findings.end()) << what;
  return found == findings.end() ? kube::DoctorFinding{} : *found;
}

class Doctor : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) {
    fs::create_directories((scratch_.path() / "root" / path).parent_path());
    std::ofstream(scratch_.path() / "root" / path) << text;
  }
  HostToExamine host() const {
    HostToExamine made;
    made.data_dir = scratch_.path().string();
    return made;
  }
  HostToExamine made_up_host() const {
    HostToExamine made = host();
    made.root = (scratch_.path() / "root").string();
    return made;
  }
  Scratch scratch_;
};

TEST_F(Doctor, EveryFaultComesWithAdviceAndNothingIsLeftBehind) {
  const auto findings = examine_host(host());
  EXPECT_GE(findings.size(), 8u);
  for (const auto& finding : findings) {
    EXPECT_FALSE(finding.what.empty());
    EXPECT_FALSE(finding.detail.empty()) << finding.what;
    EXPECT_EQ(finding.ok, finding.advice.empty()) << finding.what;
    EXPECT_FALSE(finding.ok && finding.fatal) << finding.what;
  }
  EXPECT_TRUE(fs::is_empty(scratch_.path()));
  EXPECT_THAT(find(findings, "kernel").detail, HasSubstr("Linux "));
  EXPECT_THAT(find(findings, "disk").detail, HasSubstr("GiB free"));
}

TEST_F(Doctor, AMissingCrunIsFatalButNotForProcesses) {
  HostToExamine without = host();
  without.crun = "/nonexistent/crun";
  const auto crun = find(examine_host(without), "crun");
  EXPECT_TRUE(crun.fatal);
  EXPECT_THAT(crun.advice, HasSubstr("apt-get install crun"));
  without.processes_only = true;
  for (const auto& finding : examine_host(without)) EXPECT_NE(finding.what, "crun");
}

TEST_F(Doctor, AMissingDataFolderIsFatal) {
  HostToExamine lost = host();
  lost.data_dir = "/nonexistent";
  EXPECT_TRUE(find(examine_host(lost), "disk").fatal);
}

TEST_F(Doctor, TellsWhichCgroupsThereAre) {
  EXPECT_THAT(find(examine_host(made_up_host()), "cgroups").detail, HasSubstr("not mounted"));
  for (const char* controller : {"memory", "cpu"})
    write(std::string("sys/fs/cgroup/") + controller + "/tasks", "");
  EXPECT_THAT(find(examine_host(made_up_host()), "cgroups").detail,
              HasSubstr("version 1 without pids"));
  write("sys/fs/cgroup/pids/tasks", "");
  EXPECT_EQ(find(examine_host(made_up_host()), "cgroups").detail,
            "version 1 with memory, cpu and pids");
  write("sys/fs/cgroup/unified/cgroup.controllers", "hugetlb\n");
  const auto hybrid = find(examine_host(made_up_host()), "cgroups");
  EXPECT_TRUE(hybrid.ok);
  EXPECT_THAT(hybrid.detail, HasSubstr("hybrid"));
  EXPECT_THAT(hybrid.detail, HasSubstr("hidden from crun"));
  write("sys/fs/cgroup/cgroup.controllers", "cpuset cpu memory\n");
  EXPECT_EQ(find(examine_host(made_up_host()), "cgroups").detail, "version 2 without pids");
  write("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n");
  EXPECT_TRUE(find(examine_host(made_up_host()), "cgroups").ok);
}

TEST_F(Doctor, AKernelWithoutOverlayfsIsFatal) {
  write("proc/filesystems", "nodev\tproc\n\text4\n");
  const auto overlay = find(examine_host(made_up_host()), "overlayfs");
  EXPECT_TRUE(overlay.fatal);
  EXPECT_THAT(overlay.advice, HasSubstr("modprobe overlay"));
}

TEST_F(Doctor, FewUserIdsAreToldOf) {
  write("proc/self/uid_map", "         0       1000          1\n");
  const auto few = find(examine_host(made_up_host()), "user");
  EXPECT_FALSE(few.ok);
  EXPECT_THAT(few.advice, HasSubstr("--add-subuids"));
  write("proc/self/uid_map", "0 1000 1\n1 100000 65536\n");
  EXPECT_TRUE(find(examine_host(made_up_host()), "user").ok);
}

}  // namespace
}  // namespace runtime
