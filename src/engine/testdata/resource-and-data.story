# Resource and data templates are pods: the object belongs to the workflow, the data is the result.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - {name: make, template: make}
    - - {name: list, template: list}
    - - name: each
        template: print
        withParam: "{{steps.list.outputs.result}}"
        arguments: {parameters: [{name: key, value: "{{item}}"}]}
  - name: make
    resource:
      action: create
      setOwnerReference: true
      manifest: |
        kind: ConfigMap
        apiVersion: v1
        metadata: {generateName: "{{workflow.name}}-"}
    outputs: {parameters: [{name: object, valueFrom: {jsonPath: "{.metadata.name}"}}]}
  - name: list
    data:
      source: {artifactPaths: {name: data, s3: {bucket: b}}}
      transformation: [{expression: "filter(data, {# endsWith '.txt'})"}]
  - name: print
    inputs: {parameters: [{name: key}]}
    container: {image: busybox}
====
start
----
create-pod wf[0].make
  wf Running
  wf[0] Running
  wf[0].make Pending
workflow Running

show-template wf[0].make
----
{"name":"make","resource":{"action":"create","setOwnerReference":true,"manifest":"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  generateName: wf-\n  ownerReferences:\n  - apiVersion: argoproj.io/v1alpha1\n    blockOwnerDeletion: true\n    controller: true\n    kind: Workflow\n    name: wf\n    uid: u-1\n"},"outputs":{"parameters":[{"name":"object","valueFrom":{"jsonPath":"{.metadata.name}"}}]}}

pod wf[0].make succeeded exit=0 object=wf-abc
----
create-pod wf[1].list
  wf[0] Succeeded
  wf[0].make Succeeded {"parameters":[{"name":"object","value":"wf-abc","valueFrom":{"jsonPath":"{.metadata.name}"}}],"exitCode":"0"}
  wf[1] Running
  wf[1].list Pending

pod wf[1].list succeeded result=[1,2]
----
create-pod wf[2].each(0:1)
create-pod wf[2].each(1:2)
  wf[1] Succeeded
  wf[1].list Succeeded {"result":"[1,2]"}
  wf[2] Running
  wf[2].each(0:1) Pending
  wf[2].each(1:2) Pending

