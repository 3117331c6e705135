metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    dag:
      tasks:
      - {name: build, template: work}
      - {name: deploy, template: locked, dependencies: [build], arguments: {parameters: [{name: to, value: "{{item}}"}]}, withItems: [eu, us]}
      - {name: check, template: many, dependencies: [deploy]}
  - name: work
    container: {image: busybox}
  - name: locked
    inputs: {parameters: [{name: to}]}
    synchronization: {mutexes: [{name: "{{inputs.parameters.to}}"}]}
    pendingTimeout: "30"
    retryStrategy: {limit: "1"}
    container: {image: busybox}
  - name: many
    steps: [[{name: one, template: work}]]
====
start
----
create-pod wf.build
  wf Running
  wf.build Pending
workflow Running

# those that begin later; what runs already goes on
suspend templateName=work
suspend inputs.parameters.to.value=us
suspend displayName=check
----

pod wf.build succeeded
----
wake in 30.000000001s
  wf.build Succeeded
  wf.deploy Running
  wf.deploy(0:eu) Pending
  wf.deploy(1:us) Pending: suspended: inputs.parameters.to.value=us
create-pod wf.deploy(0:eu)(0)
  wf.deploy(0:eu) Running
  wf.deploy(0:eu)(0) Pending

restart
----

tick 60
----

show-status "wf.deploy(1:us)"
----
{"id":"wf-2106054779","name":"wf.deploy(1:us)","displayName":"deploy(1:us)","type":"Retry","templateName":"locked","templateScope":"local/wf","phase":"Pending","boundaryID":"wf","message":"suspended: inputs.parameters.to.value=us","startedAt":"2026-01-02T03:04:05Z","finishedAt":null,"inputs":{"parameters":[{"name":"to","value":"us"}]}}

# one by one: the selector is still there for others
resume "wf.deploy(1:us)"
----
wake in 30.000000001s
  wf.deploy(1:us) Pending
create-pod wf.deploy(1:us)(0)
  wf.deploy(1:us) Running
  wf.deploy(1:us)(0) Pending

pod "wf.deploy(0:eu)(0)" succeeded
pod "wf.deploy(1:us)(0)" succeeded
----
  wf.deploy Succeeded
  wf.deploy(0:eu) Succeeded
  wf.deploy(1:us) Succeeded
  wf.deploy(0:eu)(0) Succeeded
  wf.deploy(1:us)(0) Succeeded
  wf.check Pending: suspended: displayName=check

# a node that waits may be held before all that is in it; restarts change nothing
restart
----

resume wf.check
----
  wf.check Running
  wf.check[0] Running
  wf.check[0].one Pending: suspended: templateName=work

set wf.check[0].one Succeeded "not today"
----
  wf Succeeded
  wf.check Succeeded
  wf.check[0] Succeeded
  wf.check[0].one Succeeded: not today
workflow Succeeded

