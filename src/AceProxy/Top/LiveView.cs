using System.Collections.Concurrent;
using System.Threading.Channels;
using AceProxy.Operations;
using AceProxy.Telemetry;
using AceProxy.Top.Drawing;
using AceProxy.Top.Fetching;
using AceProxy.Top.Steering;

namespace AceProxy.Top;

/// <summary>
/// The view that goes on until it is left. What comes (answers, events, keys, a change of size) goes through one queue, in whose order one loop
/// changes what is shown and draws it.
/// </summary>
internal sealed class LiveView(TopOptions options, TimeProvider time) : IAsyncDisposable
{
    private const int MostEvents = 1000;

    /// <summary>Clocks go on without anything that has come.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>However much comes, there are not more frames than can be seen.</summary>
    private static readonly TimeSpan BetweenFrames = TimeSpan.FromMilliseconds(30);

    /// <summary>A worker waits some seconds for the others; what is longer is told.</summary>
    private static readonly TimeSpan Noticeable = TimeSpan.FromSeconds(4);

    private readonly ApiClient _api = new(options, time);
    private readonly CancellationTokenSource _end = new();

    /// <summary>Each changes what there is to show; bounded, so that whoever brings more waits.</summary>
    private readonly Channel<Action> _changes = Channel.CreateBounded<Action>(1000);

    /// <summary>An order has been carried out: what has become of it is looked at at once.</summary>
    private readonly SemaphoreSlim _again = new(0);

    /// <summary>Events that are not shown yet.</summary>
    private readonly ConcurrentQueue<ClusterEvent> _heard = [];

    private readonly List<ClusterEvent> _events = [];
    private TopState _state = TopState.Initial;
    private Scene _scene = new() { Url = options.Url, Now = time.GetLocalNow() };
    private long _answeredAt = time.GetTimestamp();
    private int _page = 1;

    public async Task RunAsync()
    {
        using var terminal = new Terminal(() => _changes.Writer.TryWrite(Nothing), _end.Cancel);
        Task[] sources = [EndingAsync(LookAsync), EndingAsync(ListenAsync), EndingAsync(TickAsync)];
        if (!Console.IsInputRedirected)
        {
            new Thread(ReadKeys) { IsBackground = true, Name = "keys" }.Start(); // a read of the terminal cannot be cancelled
        }

        try
        {
            Draw(terminal);
            while (_state.Mode != Mode.Over && await _changes.Reader.WaitToReadAsync(_end.Token))
            {
                while (_changes.Reader.TryRead(out Action? change))
                {
                    change();
                }

                while (_heard.TryDequeue(out ClusterEvent? one))
                {
                    _events.Add(one);
                }

                _events.RemoveRange(0, Math.Max(0, _events.Count - MostEvents));
                Draw(terminal);
                await Task.Delay(BetweenFrames, time, _end.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // A signal has ended it.
        }
        finally
        {
            await _end.CancelAsync();
        }

        try
        {
            await Task.WhenAll(sources);
        }
        catch (OperationCanceledException)
        {
            // As they should end.
        }
    }

    public ValueTask DisposeAsync()
    {
        _api.Dispose();
        _end.Dispose();
        _again.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Draw(Terminal terminal)
    {
        (int width, int height) = Terminal.Size;
        var canvas = new Canvas(width, height, Terminal.HasColours, Terminal.HasUnicode);
        _scene = _scene with
        {
            Now = time.GetLocalNow(),
            Events = _events,
            TroubleFor = time.GetElapsedTime(_answeredAt),
        };
        if (_scene.Snapshot is not null && _scene.TroubleFor > options.Interval + Noticeable)
        {
            _scene = _scene with { Trouble = _scene.Trouble ?? new Trouble(false, "no answer yet") };
        }

        Frame frame = Screen.Of(_scene, _state, canvas, out _page);
        terminal.Draw(FrameText.Styled(frame, canvas), width);
    }

    /// <summary>What fails for a reason that nobody thought of ends all, rather than leave a screen that stands still.</summary>
    private async Task EndingAsync(Func<Task> source)
    {
        try
        {
            await source();
        }
        finally
        {
            await _end.CancelAsync();
        }
    }

    private async Task LookAsync()
    {
        while (true)
        {
            Answer<ClusterLists> answer = await _api.ReadAsync(_end.Token);
            await _changes.Writer.WriteAsync(() => Show(answer), _end.Token);
            await _again.WaitAsync(options.Interval, _end.Token);
        }
    }

    private async Task TickAsync()
    {
        using var timer = new PeriodicTimer(Tick, time);
        while (await timer.WaitForNextTickAsync(_end.Token))
        {
            await _changes.Writer.WriteAsync(Nothing, _end.Token);
        }
    }

    private Task ListenAsync() => new EventFeed(_api, time).RunAsync(one =>
    {
        _heard.Enqueue(one);
        while (_heard.Count > MostEvents)
        {
            _heard.TryDequeue(out _);
        }

        _changes.Writer.TryWrite(Nothing); // if the queue is full, there will be another frame anyway
    }, _end.Token);

    /// <summary>What has changed is elsewhere.</summary>
    private static void Nothing()
    {
    }

    private void ReadKeys()
    {
        try
        {
            while (!_end.IsCancellationRequested)
            {
                ConsoleKeyInfo key = Console.ReadKey(intercept: true);
                _changes.Writer.WriteAsync(() => Press(key), _end.Token).AsTask().Wait(_end.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or InvalidOperationException or IOException or ObjectDisposedException)
        {
            // It is over, or the terminal has gone.
        }
    }

    private void Press(ConsoleKeyInfo key)
    {
        if (_state.Mode == Mode.Over)
        {
            return;
        }

        _scene = _scene with { Message = null };
        _state = Keys.Press(_state, key, Listings.Of(_state, _scene.Snapshot, _events), _page, out Order? order);
        if (order is not null)
        {
            _scene = _scene with { Message = "…" };
            _ = CarryOutAsync(order);
        }
    }

    private async Task CarryOutAsync(Order order)
    {
        try
        {
            Answer<OrderOutcome> outcome = await _api.SendAsync(order.Method, order.Path, _end.Token);
            string message = outcome switch
            {
                { Trouble: { } trouble } => $"not {order.Done}: {trouble.Text}",
                { Value.Unanswered: { Count: > 0 } silent } => $"{order.Done}; no answer from {Words.Tame(string.Join(", ", silent))}",
                _ => order.Done,
            };
            await _changes.Writer.WriteAsync(() => _scene = _scene with { Message = message }, _end.Token);
            _again.Release();
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // It is over.
        }
    }

    private void Show(Answer<ClusterLists> answer)
    {
        if (answer.Trouble is { } trouble)
        {
            _scene = _scene with { Trouble = trouble };
            return;
        }

        _answeredAt = time.GetTimestamp();
        _scene = _scene with { Trouble = null, Snapshot = ClusterSnapshot.Of(answer.Value!, _scene.Snapshot, time) };
    }
}
