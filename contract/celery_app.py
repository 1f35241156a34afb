"""The Celery app as every process of Sori sets it up."""

from celery import Celery


def make_celery(name: str, redis_url: str) -> Celery:
    """An app that carries control data as JSON, keeps no results and acknowledges early.

    Acknowledging early is on purpose: Redis gives a lost task back only after the visibility
    timeout, far too late for live speech, so the gateway's ledger owns the retry instead.
    """
    app = Celery(name, broker=redis_url, set_as_current=False)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=False,
        task_store_errors_even_if_ignored=False,
        worker_prefetch_multiplier=1,
        # Queues are served in the order in which a worker names them: final text before interim.
        broker_transport_options={
            "queue_order_strategy": "priority",
            "visibility_timeout": 3600,
            "socket_keepalive": True,
            "socket_connect_timeout": 5,
            "health_check_interval": 15,
        },
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_publish_retry_policy={
            "max_retries": 8,
            "interval_start": 0.1,
            "interval_step": 0.3,
            "interval_max": 1.5,
        },
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=False,
        broker_heartbeat=0,
    )
    return app
