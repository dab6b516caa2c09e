# An AI service: the lab binary in its role; compose names the service and its port.
FROM unstuck-lab-app
USER app
ENTRYPOINT ["/usr/bin/lab", "serve"]
