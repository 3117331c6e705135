# The step's own handler runs before the next group, the workflow's at the end.
metadata: {name: wf}
spec:
  entrypoint: main
  onExit: bye
  templates:
  - name: main
    steps:
    - - name: a
        template: work
        hooks: {exit: {template: note, arguments: {parameters: [{name: p, value: "{{steps.a.status}} {{steps.a.outputs.parameters.o}}"}]}}}
    - - {name: b, template: work}
  - name: work
    container: {image: busybox}
    outputs: {parameters: [{name: o, valueFrom: {path: /o}}]}
  - name: note
    inputs: {parameters: [{name: p}]}
    container: {image: busybox, args: ["{{inputs.parameters.p}}"]}
  - name: bye
    container: {image: busybox, args: ["{{workflow.status}} {{workflow.failures}}"]}
====
start
----
create-pod wf[0].a
  wf Running
  wf[0] Running
  wf[0].a Pending
workflow Running

pod wf[0].a succeeded o=fine
----
create-pod wf[0].a.onExit
  wf[0].a Succeeded {"parameters":[{"name":"o","value":"fine","valueFrom":{"path":"/o"}}]}
  wf[0].a.onExit Pending

show-template wf[0].a.onExit
----
{"name":"note","inputs":{},"container":{"image":"busybox","args":["Succeeded fine"]}}

pod wf[0].a.onExit succeeded
----
create-pod wf[1].b
  wf[0] Succeeded
  wf[0].a.onExit Succeeded
  wf[1] Running
  wf[1].b Pending

pod wf[1].b failed "main: Error (exit code 1)"
----
create-pod wf.onExit
  wf Failed: child 'wf-2760215211' failed
  wf[1] Failed: child 'wf-2760215211' failed
  wf[1].b Failed: main: Error (exit code 1)
  wf.onExit Pending

show-template wf.onExit
----
{"name":"bye","container":{"image":"busybox","args":["Failed \"[{\\\"displayName\\\":\\\"wf\\\",\\\"message\\\":\\\"child 'wf-2760215211' failed\\\",\\\"templateName\\\":\\\"main\\\",\\\"phase\\\":\\\"Failed\\\",\\\"podName\\\":\\\"wf\\\",\\\"finishedAt\\\":\\\"2026-01-02T03:04:05Z\\\"},{\\\"displayName\\\":\\\"[1]\\\",\\\"message\\\":\\\"child 'wf-2760215211' failed\\\",\\\"templateName\\\":\\\"\\\",\\\"phase\\\":\\\"Failed\\\",\\\"podName\\\":\\\"wf-444446055\\\",\\\"finishedAt\\\":\\\"2026-01-02T03:04:05Z\\\"},{\\\"displayName\\\":\\\"b\\\",\\\"message\\\":\\\"main: Error (exit code 1)\\\",\\\"templateName\\\":\\\"work\\\",\\\"phase\\\":\\\"Failed\\\",\\\"podName\\\":\\\"wf-work-2760215211\\\",\\\"finishedAt\\\":\\\"2026-01-02T03:04:05Z\\\"}]\""]}}

pod wf.onExit succeeded
----
  wf.onExit Succeeded
workflow Failed: child 'wf-2760215211' failed

