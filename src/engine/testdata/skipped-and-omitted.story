# What does not run leaves defaults, and a failure goes on through what was omitted.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    dag:
      tasks:
      - {name: a, template: work, when: "false"}
      - name: b
        template: use
        depends: a
        arguments: {parameters: [{name: p, value: "{{tasks.a.outputs.parameters.o}}"}]}
      - {name: c, template: work}
      - {name: d, template: work, depends: c}
      - {name: e, template: work, depends: d}
      - {name: none, template: work, withParam: "[]"}
  - name: work
    container: {image: busybox}
    outputs: {parameters: [{name: o, valueFrom: {path: /o, default: nothing}}]}
  - name: use
    inputs: {parameters: [{name: p}]}
    container: {image: busybox}
====
start
----
create-pod wf.b
create-pod wf.c
  wf Running
  wf.a Skipped: when 'false' evaluated false
  wf.b Pending
  wf.c Pending
  wf.none Skipped: Skipped, empty params
workflow Running

show-status wf.b
----
{"id":"wf-2911782600","name":"wf.b","displayName":"b","type":"Pod","templateName":"use","templateScope":"local/wf","phase":"Pending","boundaryID":"wf","startedAt":"2026-01-02T03:04:05Z","finishedAt":null,"progress":"0/1","inputs":{"parameters":[{"name":"p","value":"nothing"}]}}

pod wf.c failed "main: Error (exit code 1)"
----
  wf.c Failed: main: Error (exit code 1)
  wf.d Omitted: omitted: depends condition not met
  wf.e Omitted: omitted: depends condition not met

pod wf.b succeeded
----
  wf Failed
  wf.b Succeeded
workflow Failed

