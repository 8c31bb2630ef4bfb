using System.Collections.Concurrent;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Http;
using AceProxy.EngineSimulator.Observation;
using AceProxy.EngineSimulator.Sessions;

namespace AceProxy.EngineSimulator.Playback;

/// <summary>
/// One progressive reader: sends the broadcast from a burst behind the live edge on, then keeps up with the clock in
/// writes of uneven size, and lets faults happen to it. It looks at the client only by writing to it.
/// </summary>
internal sealed class LiveReader(HttpExchange exchange, Session session, TimeProvider time, ChangeSignal changes, Random random)
    : ISessionReader, IDisposable
{
    private const int TransportPacketSize = Broadcasting.TransportPacket.Size;

    private readonly ConcurrentQueue<StreamFault> _faults = new();
    private readonly CancellationTokenSource _interrupt = CancellationTokenSource.CreateLinkedTokenSource(exchange.Aborted);
    private readonly WakeableDelay _pause = new(time);
    private readonly SimulatedContent _content = session.Content;
    private LiveBody _body = null!;
    private volatile bool _ended;
    private bool _silenced;
    private DateTimeOffset _stalledUntil;
    private Broadcasting.IBroadcast _broadcast = session.Content.Script.Broadcast;

    public void End()
    {
        _ended = true;
        Wake();
    }

    public void Cut() => Inject(StreamFault.Truncate);

    public void Inject(StreamFault fault)
    {
        _faults.Enqueue(fault);
        // A write that a slow client holds up must not keep the end of the connection waiting.
        if (fault is StreamFault.ResetFault or StreamFault.TruncateFault)
            Interrupt();
        Wake();
    }

    public void Wake() => _pause.Wake();

    public async Task RunAsync()
    {
        _content.Attach(this);
        try
        {
            await exchange.DelayAsync(_content.Script.HeaderDelay);
            _body = new LiveBody(exchange, session, random);
            await _body.BeginAsync(_content.Script.Framing);
            await exchange.DelayAsync(_content.Script.FirstByteDelay);
            await StreamAsync();
        }
        catch (OperationCanceledException) when (_interrupt.IsCancellationRequested && !exchange.Aborted.IsCancellationRequested)
        {
            await BreakOffAsync(_faults.Any(fault => fault is StreamFault.ResetFault));
        }
        finally
        {
            _content.Detach(this);
        }
    }

    public void Dispose()
    {
        _body?.Dispose();
        _pause.Dispose();
        _interrupt.Dispose();
    }

    private async Task StreamAsync()
    {
        var script = _content.Script;
        var begin = time.GetUtcNow();
        var stale = session.PidIsStale ? script.StalePidBuffer : null;
        _body.Position = StartPosition(script, stale ?? script.Burst);
        var edge = LiveEdge(script);
        while (!_ended)
        {
            while (_faults.TryDequeue(out var fault))
            {
                if (!await SufferAsync(fault))
                    return;
            }
            script = _content.Script;
            var now = time.GetUtcNow();
            if (script.EofAfter <= now - begin || (stale is not null && _body.Position >= edge))
                break;
            if (_silenced || script.Silent)
                await _pause.WaitAsync(Timeout.InfiniteTimeSpan, _interrupt.Token);
            else if (now < _stalledUntil)
                await _pause.WaitAsync(_stalledUntil - now, _interrupt.Token);
            else if (await CatchUpAsync(script, stale is null ? LiveEdge(script) : edge))
                await _pause.WaitAsync(NextPause(script), _interrupt.Token);
        }
        await _body.EndAsync(_interrupt.Token);
    }

    /// <returns>True when the reader has everything that is on the air, give or take an uneven rest.</returns>
    private async ValueTask<bool> CatchUpAsync(ContentScript script, long edge)
    {
        if (script.Unpaced)
        {
            await SendAsync(_body.Position + LiveBody.LargestPiece);
            return false;
        }
        var target = session.PidIsStale ? edge : edge - random.Next(TransportPacketSize);
        while (_body.Position < target && _faults.IsEmpty && !_ended)
        {
            await SendAsync(target);
        }
        return _faults.IsEmpty;
    }

    private async ValueTask SendAsync(long end)
    {
        await _body.SendAsync(_broadcast, end, _interrupt.Token);
        session.Touch(time.GetUtcNow());
        changes.Raise();
    }

    private long LiveEdge(ContentScript script) => (script.Broadcast.PacketAt(_content.OnAir(time) - script.Lag) + 1) * TransportPacketSize;

    private long StartPosition(ContentScript script, TimeSpan behind)
    {
        var packet = script.Broadcast.PacketAt(_content.OnAir(time) - script.Lag - behind);
        return packet * TransportPacketSize + (script.StartMidPacket ? random.Next(1, TransportPacketSize) : 0);
    }

    private TimeSpan NextPause(ContentScript script)
    {
        var pause = script.WriteInterval + script.WriteJitter * (random.NextDouble() * 2 - 1);
        return pause > TimeSpan.FromMilliseconds(1) ? pause : TimeSpan.FromMilliseconds(1);
    }

    /// <returns>False when the body is over.</returns>
    private async ValueTask<bool> SufferAsync(StreamFault fault)
    {
        switch (fault)
        {
            case StreamFault.EofFault:
                await _body.EndAsync(_interrupt.Token);
                return false;
            case StreamFault.ResetFault or StreamFault.TruncateFault:
                await BreakOffAsync(reset: fault is StreamFault.ResetFault);
                return false;
            case StreamFault.SilenceFault:
                _silenced = true;
                break;
            case StreamFault.LiftFault:
                _silenced = false;
                _stalledUntil = default;
                break;
            case StreamFault.StallFault stall:
                _stalledUntil = time.GetUtcNow() + stall.Duration;
                break;
            case StreamFault.GarbageFault garbage:
                await _body.SendGarbageAsync(_content.Script.Broadcast, garbage.Bytes, _interrupt.Token);
                break;
            case StreamFault.DropFault drop:
                _body.Position += (long)drop.Packets * TransportPacketSize;
                break;
            case StreamFault.LoopFault loop:
                var end = (_body.Position / TransportPacketSize) + 1;
                var begin = _broadcast.PacketAt(_broadcast.TimeOf(end) - loop.Piece);
                _broadcast = new Broadcasting.LoopedBroadcast(_broadcast, end, Math.Max(1, end - begin));
                break;
        }
        return true;
    }

    private void Interrupt()
    {
        try
        {
            _interrupt.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The reader ended in this moment of its own accord.
        }
    }

    /// <summary>Ends the connection within a chunk, one begun for the purpose unless a write was interrupted.</summary>
    private async ValueTask BreakOffAsync(bool reset)
    {
        exchange.CloseAfter = true;
        await _body.TearAsync(_content.Script.Broadcast);
        if (reset)
            exchange.Reset();
    }
}
