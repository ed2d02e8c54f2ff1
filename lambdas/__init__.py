"""What runs on AWS Lambda."""

import gc
import os

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # What a Lambda imports is never freed, so collecting garbage meanwhile would waste an eighth of
    # a cold start; `lambdas.web.app` enables the collector again.
    gc.disable()
