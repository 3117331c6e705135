# OnTransientError tries again what Argo takes for a passing trouble of the cluster, by its words; not
# another error, nor the step's own failure. What fits TRANSIENT_ERROR_PATTERN counts, too.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - {name: work, template: work, withItems: [a, b, c, d]}
  - name: work
    retryStrategy: {limit: 1, retryPolicy: OnTransientError}
    container: {image: busybox}
====
start
----
create-pod wf[0].work(0:a)(0)
create-pod wf[0].work(1:b)(0)
create-pod wf[0].work(2:c)(0)
create-pod wf[0].work(3:d)(0)
  wf Running
  wf[0] Running
  wf[0].work(0:a) Running
  wf[0].work(0:a)(0) Pending
  wf[0].work(1:b) Running
  wf[0].work(1:b)(0) Pending
  wf[0].work(2:c) Running
  wf[0].work(2:c)(0) Pending
  wf[0].work(3:d) Running
  wf[0].work(3:d)(0) Pending
workflow Running

pod wf[0].work(0:a)(0) error "dial tcp 10.0.0.1:443: i/o timeout"
pod wf[0].work(1:b)(0) error "no image"
pod wf[0].work(2:c)(0) failed "main: Error (exit code 1)" exit=1
pod wf[0].work(3:d)(0) error "the disk is slow today"
----
create-pod wf[0].work(0:a)(1)
create-pod wf[0].work(3:d)(1)
  wf[0].work(0:a)(0) Error: dial tcp 10.0.0.1:443: i/o timeout
  wf[0].work(1:b) Error: no image
  wf[0].work(1:b)(0) Error: no image
  wf[0].work(2:c) Failed: main: Error (exit code 1) {"exitCode":"1"}
  wf[0].work(2:c)(0) Failed: main: Error (exit code 1) {"exitCode":"1"}
  wf[0].work(3:d)(0) Error: the disk is slow today
  wf[0].work(0:a)(1) Pending
  wf[0].work(3:d)(1) Pending

pod wf[0].work(0:a)(1) error "net/http: TLS handshake timeout"
pod wf[0].work(3:d)(1) succeeded
----
  wf Failed: child 'wf-4102859939' failed
  wf[0] Failed: child 'wf-4102859939' failed
  wf[0].work(0:a) Error: No more retries left
  wf[0].work(3:d) Succeeded
  wf[0].work(0:a)(1) Error: net/http: TLS handshake timeout
  wf[0].work(3:d)(1) Succeeded
workflow Failed: child 'wf-4102859939' failed

