metadata: {name: wf}
spec:
  entrypoint: main
  onExit: bye
  templates:
  - name: main
    dag:
      tasks:
      - {name: a, template: work}
      - {name: b, template: hold}
      - {name: c, template: work, depends: a}
  - name: hold
    suspend: {}
  - name: work
    retryStrategy: {limit: 3}
    container: {image: busybox}
  - name: bye
    container: {image: busybox}
====
start
----

stop
----

terminate
----

pod wf.onExit failed "killed"
----
