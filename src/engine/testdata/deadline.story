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

tick 10s
----

restart
tick 1s
----
