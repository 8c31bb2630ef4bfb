namespace AceProxy.Access.Limits;

/// <summary>
/// Whoever asks has to read the answer: one that has not been taken in time ends its connection. Nothing else would, because the web server's
/// own least rate is off for the sake of players that pause. What goes on for as long as somebody watches is judged by who sends it.
/// </summary>
internal sealed class AnswerDeadline(
    ConnectionOptions options, AccessMetrics metrics, TimeProvider time, ILogger<AnswerDeadline> logger)
{
    /// <summary>Before the answer begins: it has no end of its own.</summary>
    public static void Lift(HttpContext context) => context.Features.Get<Answer>()?.Lift();

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        await using var answer = new Answer(this, context);
        context.Features.Set(answer);
        context.Response.OnStarting(static state => ((Answer)state).BeginAsync(), answer);
        await next(context);
        if (!answer.IsLifted)
        {
            await context.Response.CompleteAsync(); // until the last byte is the socket's
        }
    }

    private ITimer TimerOf(Answer answer) =>
        time.CreateTimer(static state => ((Answer)state!).Cut(), answer, options.AnswerTimeout, Timeout.InfiniteTimeSpan);

    private void Cut(HttpContext context)
    {
        metrics.Refused(Limit.Answers);
        AccessLog.BeyondLimit(logger, ClientAddress.TextOf(context), Limit.Answers.Setting());
        context.Abort();
    }

    /// <summary>From its first byte to its last.</summary>
    private sealed class Answer(AnswerDeadline deadline, HttpContext context) : IAsyncDisposable
    {
        private ITimer? _timer;

        public bool IsLifted { get; private set; }

        public void Lift() => IsLifted = true;

        public Task BeginAsync()
        {
            if (!IsLifted)
            {
                _timer = deadline.TimerOf(this);
            }

            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => _timer?.DisposeAsync() ?? default; // waits for it: the context is another request's next

        public void Cut() => deadline.Cut(context);
    }
}
