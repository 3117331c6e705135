# The keys of maps hold tags like any text.
metadata: {name: wf}
spec:
  entrypoint: main
  arguments: {parameters: [{name: k, value: zone}]}
  templates:
  - name: main
    inputs: {parameters: [{name: d, value: 'a "disk"'}]}
    metadata:
      annotations:
        "{{inputs.parameters.d}}": x
        "{{workflow.parameters.k}}-{{=1 + 1}}": "{{inputs.parameters.d}}"
        "{{user.name}}": stays
    container: {image: busybox}
====
start
----
create-pod wf
  wf Pending
workflow Running

show-template wf
----
{"name":"main","inputs":{},"metadata":{"annotations":{"a \"disk\"":"x","zone-2":"a \"disk\"","{{user.name}}":"stays"}},"container":{"image":"busybox"}}

