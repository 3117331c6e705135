# Items become nodes; their results are gathered in the order of the items.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - name: each
        template: work
        withItems: [a, {k: 1, l: "two"}, 3]
        arguments: {parameters: [{name: p, value: "{{item}}"}]}
    - - name: all
        template: work
        arguments: {parameters: [{name: p, value: "{{steps.each.outputs.result}}"}]}
      - name: again
        template: work
        withParam: "{{steps.each.outputs.parameters.o}}"
        arguments: {parameters: [{name: p, value: "{{item}}"}]}
      - name: count
        template: work
        withSequence: {start: "1", end: "2", format: "n%02d"}
        arguments: {parameters: [{name: p, value: "{{item}}"}]}
  - name: work
    inputs: {parameters: [{name: p}]}
    script: {image: busybox, command: [sh], source: "echo {{inputs.parameters.p}}"}
    outputs: {parameters: [{name: o, valueFrom: {path: /o}}]}
====
start
----

pod wf[0].each(2:3) succeeded result=3 o=z
pod wf[0].each(0:a) succeeded result=1 o=x
----

pod wf[0].each(1:k:1,l:two) succeeded result=2 o=y
----

show-template wf[1].all
----

show-status wf[1].again(1:y)
----
