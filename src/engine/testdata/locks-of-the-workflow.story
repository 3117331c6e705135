# The workflow is Pending until it has all its locks.
metadata: {name: wf}
spec:
  entrypoint: main
  synchronization:
    semaphores: [{configMapKeyRef: {name: limits, key: none}}]
  templates:
  - name: main
    container: {image: busybox}
====
config-map limits - none=0
start
----
workflow 
workflow Failed: Failed to acquire the synchronization lock. failed to initialize semaphore default/ConfigMap/limits/none with limit

