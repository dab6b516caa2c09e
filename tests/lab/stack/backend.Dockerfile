# The backend: the lab binary in its role.
FROM unstuck-lab-app
USER app
WORKDIR /app
ENTRYPOINT ["/usr/bin/lab", "serve", "backend"]
