# Groups run one after the other; a failed step ends the template, unless it may fail.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - {name: a, template: work}
      - {name: b, template: work, continueOn: {failed: true}}
    - - {name: c, template: work}
    - - {name: d, template: work}
  - name: work
    container: {image: busybox}
====
start
----
create-pod wf[0].a
create-pod wf[0].b
  wf Running
  wf[0] Running
  wf[0].a Pending
  wf[0].b Pending
workflow Running

pod wf[0].a succeeded
----
  wf[0].a Succeeded

pod wf[0].b failed "main: Error (exit code 1)" exit=1
----
create-pod wf[1].c
  wf[0] Succeeded
  wf[0].b Failed: main: Error (exit code 1) {"exitCode":"1"}
  wf[1] Running
  wf[1].c Pending

pod wf[1].c failed "main: Error (exit code 2)" exit=2
----
  wf Failed: child 'wf-2743437592' failed
  wf[1] Failed: child 'wf-2743437592' failed
  wf[1].c Failed: main: Error (exit code 2) {"exitCode":"2"}
workflow Failed: child 'wf-2743437592' failed

