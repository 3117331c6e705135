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

pod wf[0].a succeeded
----

pod wf[0].b failed "main: Error (exit code 1)" exit=1
----

pod wf[1].c failed "main: Error (exit code 2)" exit=2
----
