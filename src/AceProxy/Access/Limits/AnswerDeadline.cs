namespace AceProxy.Access.Limits;

/// <summary>
/// Whoever asks has to read the answer: one that has not been taken in time ends its connection. Nothing else would, because the web server's
/// own least rate is off for the sake of players that pause. What goes on for as long as somebody watches is judged by who sends it.
/// </summary>
internal sealed class AnswerDeadline : IDisposable
{
    private readonly HttpContext _context;
    private readonly TimeSpan _limit;
    private readonly ITimer _timer;
    private bool _isLifted;

    private AnswerDeadline(HttpContext context, TimeSpan limit, TimeProvider time)
    {
        (_context, _limit) = (context, limit);
        _timer = time.CreateTimer(static state => ((HttpContext)state!).Abort(), context, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Before the answer begins: it has no end of its own.</summary>
    public static void Lift(HttpContext context)
    {
        if (context.Features.Get<AnswerDeadline>() is { } deadline)
        {
            deadline._isLifted = true;
        }
    }

    /// <param name="limit">From the answer's first byte to its last.</param>
    public static async Task InvokeAsync(HttpContext context, RequestDelegate next, TimeSpan limit, TimeProvider time)
    {
        using var deadline = new AnswerDeadline(context, limit, time);
        context.Features.Set(deadline);
        context.Response.OnStarting(static state => ((AnswerDeadline)state).BeginAsync(), deadline);
        await next(context);
        if (!deadline._isLifted)
        {
            await context.Response.CompleteAsync(); // until the last byte is the socket's
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _context.Features.Set<AnswerDeadline>(null);
    }

    private Task BeginAsync()
    {
        if (!_isLifted)
        {
            _timer.Change(_limit, Timeout.InfiniteTimeSpan);
        }

        return Task.CompletedTask;
    }
}
