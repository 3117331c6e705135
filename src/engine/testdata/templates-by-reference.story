# templateRef: of a WorkflowTemplate, with clusterScope of a ClusterWorkflowTemplate; what is named
# there without a reference stands beside it. A name with a tag is known when the node begins.
metadata: {name: wf}
spec:
  entrypoint: main
  arguments: {parameters: [{name: where, value: both}]}
  templates:
  - name: main
    dag:
      failFast: false
      tasks:
      - {name: near, templateRef: {name: tools, template: outer}}
      - {name: far, templateRef: {name: tools, template: outer, clusterScope: true}}
      - {name: chosen, templateRef: {name: tools, template: "say-{{item}}"}, withItems: [x]}
---
kind: WorkflowTemplate
metadata: {name: tools}
spec:
  templates:
  - name: outer
    steps:
    - - {name: inner, template: say-x}
  - name: say-x
    container: {image: busybox, args: ["x of {{workflow.parameters.where}}"]}
---
kind: ClusterWorkflowTemplate
metadata: {name: tools}
spec:
  templates:
  - name: outer
    container: {image: busybox, args: [cluster]}
====
start
----
create-pod wf.chosen(0:x)
create-pod wf.far
create-pod wf.near[0].inner
  wf Running
  wf.chosen Running
  wf.chosen(0:x) Pending
  wf.far Pending
  wf.near Running
  wf.near[0] Running
  wf.near[0].inner Pending
workflow Running

show-template wf.near[0].inner
----
{"name":"say-x","container":{"image":"busybox","args":["x of both"]}}

show-status wf.far
----
{"id":"wf-3409039207","name":"wf.far","displayName":"far","type":"Pod","templateRef":{"name":"tools","template":"outer","clusterScope":true},"templateScope":"local/wf","phase":"Pending","boundaryID":"wf","startedAt":"2026-01-02T03:04:05Z","finishedAt":null,"progress":"0/1"}

pod wf.near[0].inner succeeded
pod wf.far succeeded
pod wf.chosen(0:x) succeeded
----
  wf Succeeded
  wf.chosen Succeeded
  wf.chosen(0:x) Succeeded
  wf.far Succeeded
  wf.near Succeeded
  wf.near[0] Succeeded
  wf.near[0].inner Succeeded
workflow Succeeded

