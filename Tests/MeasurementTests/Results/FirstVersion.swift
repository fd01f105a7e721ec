/// A result as the first version of the schema has it, which named no units: measured in two runs, the worst
/// interrupts but for two left out.
enum FirstVersion {
  static let document = """
    {"schema": "swvmm-measurement", "version": 1, "sources": [{"file": null, "host": {"kernel": \
    "6.18.44-fc-v509", "clocksource": "tsc", "loadBefore": "9.84 8.68 5.35 9/198 8369"}}, \
    {"file": null, "host": {"kernel": "6.18.44-fc-v509", "clocksource": "tsc", "loadBefore": \
    "9.84 8.68 5.35 8/197 8371"}}], "series": [{"name": "count-compare inject block", \
    "configuration": {"timer": "count-compare", "route": "inject", "wait": "block", "load": \
    "none", "stamped": true, "shape": "one-shot", "guest": "halted", "periodMicroseconds": 200, \
    "budgetMicroseconds": 1, "spinBudgetPercent": null, "advance": "auto"}, "verdicts": \
    {"planned": 24, "delivered": 0, "late": 24, "merged": 0, "lost": 0, "early": 0, "runs": 24, \
    "duplicated": 0, "spurious": 0}, "latency": {"count": 24, "min": 16748, "mean": \
    325925.2083333333, "p50": 18175, "p90": 42207, "p99": 7250497, "p99.9": 7250497, "max": \
    7250497, "sum": 7822205, "belowRange": 0, "aboveRange": 0, "buckets": "16736:1 16944:1 \
    17120:1 17232:2 17248:1 17312:1 17408:1 17744:1 17856:1 17888:1 18160:1 18240:1 19152:1 \
    19200:1 19392:1 19584:1 21488:1 23072:1 32208:1 40640:1 42176:1 107520:1 7249920:1"}, \
    "stages": [{"stage": "hostWake", "share": 0.9631805865481664, "clipped": 0, "times": \
    {"count": 24, "min": 7675, "mean": 313924.8333333333, "p50": 8759, "p90": 30783, "p99": \
    7214904, "p99.9": 7214904, "max": 7214904, "sum": 7534196, "belowRange": 0, "aboveRange": \
    0, "buckets": "7672:1 7764:2 7784:1 7884:1 7924:2 8032:1 8384:1 8424:1 8448:1 8752:1 8840:1 \
    9176:1 9448:1 9488:1 9784:1 9976:1 11448:1 12096:1 14448:1 30768:1 96960:1 7213056:1"}}, \
    {"stage": "injected", "share": 0.004509342314603108, "clipped": 0, "times": {"count": 24, \
    "min": 261, "mean": 1469.7083333333333, "p50": 380, "p90": 821, "p99": 18217, "p99.9": \
    18217, "max": 18217, "sum": 35273, "belowRange": 0, "aboveRange": 0, "buckets": "261:1 \
    271:2 280:1 281:2 300:1 310:1 311:1 320:1 350:1 380:1 400:1 411:1 441:1 451:1 460:1 461:1 \
    501:1 551:1 691:1 821:1 8248:1 18208:1"}}, {"stage": "handler", "share": \
    0.03231007113723049, "clipped": 0, "times": {"count": 24, "min": 8723, "mean": \
    10530.666666666666, "p50": 9135, "p90": 10711, "p99": 31878, "p99.9": 31878, "max": 31878, \
    "sum": 252736, "belowRange": 0, "aboveRange": 0, "buckets": "8720:1 8752:1 8792:1 8856:1 \
    8872:1 8912:1 9008:2 9016:1 9040:1 9080:1 9128:1 9152:2 9264:1 9304:1 9400:1 9512:1 9528:1 \
    10064:1 10152:1 10704:1 17376:1 31872:1"}}, {"stage": "acknowledged", "share": null, \
    "clipped": 0, "times": {"count": 24, "min": 20700, "mean": 25651.625, "p50": 25407, "p90": \
    26399, "p99": 34962, "p99.9": 34962, "max": 34962, "sum": 615639, "belowRange": 0, \
    "aboveRange": 0, "buckets": "20688:1 24560:1 24672:1 24704:1 24736:1 24752:1 24864:1 \
    25216:2 25264:1 25280:1 25392:1 25408:1 25456:1 25648:1 25712:1 25904:1 25952:1 25968:1 \
    26048:1 26064:1 26384:1 26624:1 34944:1"}}, {"stage": "endOfInterrupt", "share": null, \
    "clipped": 0, "times": {"count": 24, "min": 4156, "mean": 4211.333333333333, "p50": 4187, \
    "p90": 4239, "p99": 4707, "p99.9": 4707, "max": 4707, "sum": 101072, "belowRange": 0, \
    "aboveRange": 0, "buckets": "4156:1 4164:3 4176:7 4184:4 4196:3 4204:1 4216:2 4236:1 4264:1 \
    4704:1"}}, {"stage": "lineLow", "share": null, "clipped": 0, "times": {"count": 24, "min": \
    30065, "mean": 32261.041666666668, "p50": 30639, "p90": 32367, "p99": 53259, "p99.9": \
    53259, "max": 53259, "sum": 774265, "belowRange": 0, "aboveRange": 0, "buckets": "30064:1 \
    30096:1 30128:1 30224:1 30256:1 30304:2 30352:1 30496:1 30512:1 30608:1 30624:1 30640:1 \
    30736:1 30752:1 30848:1 30880:1 30896:1 31360:1 31760:1 31808:1 32352:1 44864:1 \
    53248:1"}}], "worst": [{"deadline": 0, "source": 1, "verdict": "late", "latency": 7250497, \
    "cause": "runQueue", "pieces": [{"stage": "hostWake", "start": 0, "duration": 7214904, \
    "clipped": false}, {"stage": "injected", "start": 7214904, "duration": 18217, "clipped": \
    false}, {"stage": "handler", "start": 7233121, "duration": 17376, "clipped": false}, \
    {"stage": "lineLow", "start": 7250497, "duration": 44877, "clipped": false}, {"stage": \
    "acknowledged", "start": 7295374, "duration": 34962, "clipped": false}, {"stage": \
    "endOfInterrupt", "start": 7330336, "duration": 4707, "clipped": false}]}, {"deadline": 11, \
    "source": 0, "verdict": "late", "latency": 107533, "cause": "runQueue", "pieces": \
    [{"stage": "hostWake", "start": 0, "duration": 97008, "clipped": false}, {"stage": \
    "injected", "start": 97008, "duration": 460, "clipped": false}, {"stage": "handler", \
    "start": 97468, "duration": 10065, "clipped": false}, {"stage": "lineLow", "start": 107533, \
    "duration": 31367, "clipped": false}, {"stage": "acknowledged", "start": 138900, \
    "duration": 26630, "clipped": false}, {"stage": "endOfInterrupt", "start": 165530, \
    "duration": 4186, "clipped": false}]}], "causes": [{"cause": "runQueue", "times": {"count": \
    2, "min": 107533, "mean": 3679015.0, "p50": 107583, "p90": 7250497, "p99": 7250497, \
    "p99.9": 7250497, "max": 7250497, "sum": 7358030, "belowRange": 0, "aboveRange": 0, \
    "buckets": "107520:1 7249920:1"}}, {"cause": "wakeUp", "times": {"count": 6, "min": 18240, \
    "mean": 23995.333333333332, "p50": 19599, "p90": 42176, "p99": 42176, "p99.9": 42176, \
    "max": 42176, "sum": 143972, "belowRange": 0, "aboveRange": 0, "buckets": "18240:1 19392:1 \
    19584:1 21488:1 23072:1 42176:1"}}, {"cause": "unknown", "times": {"count": 16, "min": \
    16748, "mean": 20012.6875, "p50": 17423, "p90": 32223, "p99": 40643, "p99.9": 40643, "max": \
    40643, "sum": 320203, "belowRange": 0, "aboveRange": 0, "buckets": "16736:1 16944:1 17120:1 \
    17232:2 17248:1 17312:1 17408:1 17744:1 17856:1 17888:1 18160:1 19152:1 19200:1 32208:1 \
    40640:1"}}], "runs": [{"latency": {"count": 12, "min": 16748, "mean": 26736.833333333332, \
    "p50": 17903, "p90": 32223, "p99": 107533, "p99.9": 107533, "max": 107533, "sum": 320842, \
    "belowRange": 0, "aboveRange": 0, "buckets": "16736:1 16944:1 17120:1 17312:1 17744:1 \
    17888:1 18160:1 18240:1 19392:1 21488:1 32208:1 107520:1"}, "history": {"slotNanoseconds": \
    1048576, "slots": "5:107863:32215 4:68154:17319 3:144825:107533"}}, {"latency": {"count": \
    12, "min": 17239, "mean": 625113.5833333334, "p50": 19167, "p90": 42207, "p99": 7250497, \
    "p99.9": 7250497, "max": 7250497, "sum": 7501363, "belowRange": 0, "aboveRange": 0, \
    "buckets": "17232:2 17248:1 17408:1 17856:1 19152:1 19200:1 19584:1 23072:1 40640:1 42176:1 \
    7249920:1"}, "history": {"slotNanoseconds": 1048576, "slots": "1:7250497:7250497 0:0:0 \
    0:0:0 0:0:0 0:0:0 0:0:0 0:0:0 4:103616:42176 5:89188:19592 2:58062:40643"}}], "processor": \
    {"elapsed": 14517133, "busy": 4155180, "spinning": 0, "busyShare": 0.28622593731145124, \
    "spinShare": 0.0}, "stamping": {"stamps": 96, "dropped": 0, "strays": 0, "nanoseconds": \
    1938, "nanosecondsPerStamp": 20.1875}, "deferredAlarms": 0, "advance": {"nanoseconds": \
    7343, "shortenedWaits": 0}}]}
    """
}
