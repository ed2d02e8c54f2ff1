"""What runs on AWS Lambda."""

import gc
import os

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # What a Lambda imports stays for good, so looking for garbage among it is an eighth of a cold
    # start for nothing; `lambdas.web.app` switches the collector on again.
    gc.disable()
