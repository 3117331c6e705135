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

show-template hello
----

pod hello running
----

pod hello succeeded exit=0
----

show-status hello
----
