metadata: {name: wf}
spec:
  entrypoint: main
  activeDeadlineSeconds: 10
  templates:
  - name: main
    steps:
    - - {name: a, template: work}
      - {name: b, template: hold}
    - - {name: c, template: work}
  - name: hold
    suspend: {}
  - name: work
    container: {image: busybox}
====
start
----
create-pod wf[0].a
wake in 10.000000001s
  wf Running
  wf[0] Running
  wf[0].a Pending
  wf[0].b Running
workflow Running

tick 10s
----

restart
tick 1s
----
stop-pod wf[0].a
  wf Failed: child 'wf-3986212215' failed
  wf[0] Failed: child 'wf-3986212215' failed
  wf[0].a Failed: Step exceeded its deadline
  wf[0].b Failed: Step exceeded its deadline
workflow Failed: child 'wf-3986212215' failed

