# templateDefaults lie below every template, field by field; what a template says comes first.
# podMetadata is for each pod, below the template's metadata.
metadata: {name: wf}
spec:
  entrypoint: main
  podMetadata: {labels: {team: a, stage: test}, annotations: {note: all}}
  templateDefaults:
    activeDeadlineSeconds: 60
    retryStrategy: {limit: 1}
    metadata: {labels: {from: defaults}}
  templates:
  - name: main
    retryStrategy: {limit: 0}
    steps:
    - - {name: plain, template: plain}
      - {name: own, template: own}
  - name: plain
    container: {image: busybox}
  - name: own
    activeDeadlineSeconds: 5
    retryStrategy: {limit: 0}
    metadata: {labels: {team: b}}
    container: {image: busybox}
====
start
----
create-pod wf(0)[0].plain(0)
create-pod wf(0)[0].own(0)
  wf Running
  wf(0) Running
  wf(0)[0] Running
  wf(0)[0].plain Running
  wf(0)[0].plain(0) Pending
  wf(0)[0].own Running
  wf(0)[0].own(0) Pending
workflow Running

show-template wf(0)[0].plain(0)
----
{"name":"plain","container":{"image":"busybox"},"activeDeadlineSeconds":60,"retryStrategy":{"limit":1},"metadata":{"labels":{"from":"defaults","team":"a","stage":"test"},"annotations":{"note":"all"}}}

show-template wf(0)[0].own(0)
----
{"name":"own","activeDeadlineSeconds":5,"retryStrategy":{"limit":0},"metadata":{"labels":{"team":"b","from":"defaults","stage":"test"},"annotations":{"note":"all"}},"container":{"image":"busybox"}}

pod wf(0)[0].plain(0) failed "exit 1"
pod wf(0)[0].own(0) failed "exit 1"
----
create-pod wf(0)[0].plain(1)
  wf(0)[0].plain(0) Failed: exit 1
  wf(0)[0].own Failed: No more retries left
  wf(0)[0].own(0) Failed: exit 1
  wf(0)[0].plain(1) Pending

pod wf(0)[0].plain(1) succeeded
----
  wf Failed: No more retries left
  wf(0) Failed: child 'wf-2551227941' failed
  wf(0)[0] Failed: child 'wf-2551227941' failed
  wf(0)[0].plain Succeeded
  wf(0)[0].plain(1) Succeeded
workflow Failed: No more retries left

