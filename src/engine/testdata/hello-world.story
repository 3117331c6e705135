metadata: {name: hello}
spec:
  entrypoint: say
  arguments: {parameters: [{name: who, value: world}]}
  templates:
  - name: say
    inputs: {parameters: [{name: who}, {name: greeting, default: hello}]}
    container: {image: busybox, command: [echo, "{{inputs.parameters.greeting}} {{inputs.parameters.who}} from {{workflow.name}}"]}
====
start
----
create-pod hello
  hello Pending
workflow Running

show-template hello
----
{"name":"say","inputs":{},"container":{"image":"busybox","command":["echo","hello world from hello"]}}

pod hello running
----
  hello Running

pod hello succeeded exit=0
----
  hello Succeeded {"exitCode":"0"}
workflow Succeeded

show-status hello
----
{"id":"hello","name":"hello","displayName":"hello","type":"Pod","templateName":"say","templateScope":"local/hello","phase":"Succeeded","startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:04:05Z","progress":"1/1","inputs":{"parameters":[{"name":"who","value":"world"},{"name":"greeting","value":"hello","default":"hello"}]},"outputs":{"exitCode":"0"},"hostNodeName":"host-a"}

