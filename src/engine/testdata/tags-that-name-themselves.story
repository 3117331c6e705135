# A value that names itself is put in once; what stays of the tag is text.
metadata: {name: wf}
spec:
  entrypoint: main
  arguments: {parameters: [{name: self, value: "({{workflow.parameters.self}})"}, {name: other, value: "{{workflow.parameters.self}}"}]}
  templates:
  - name: main
    steps:
    - - {name: a, template: say, withItems: ["x-{{item}}-y"], arguments: {parameters: [{name: p, value: "<{{item}}>"}]}}
  - name: say
    inputs: {parameters: [{name: p}]}
    container: {image: busybox, args: ["{{inputs.parameters.p}}", "{{workflow.parameters.other}}"]}
====
start
----
create-pod wf[0].a(0:x-{{item}}-y)
  wf Running
  wf[0] Running
  wf[0].a(0:x-{{item}}-y) Pending
workflow Running

show-template wf[0].a(0:x-{{item}}-y)
----
{"name":"say","inputs":{},"container":{"image":"busybox","args":["<x-{{item}}-y>","((((({{workflow.parameters.self}})))))"]}}

