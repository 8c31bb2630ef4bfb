namespace AceProxy.Upstream.Sessions;

/// <summary>For how long a number has been the same. One that falls back moves too; one that is not told says nothing.</summary>
internal sealed class Standstill(TimeProvider time)
{
    private long? _value;
    private long _since;

    public TimeSpan Lasts => _value is null ? TimeSpan.Zero : time.GetElapsedTime(_since);

    public void See(long? value)
    {
        if (value != _value)
        {
            _value = value;
            _since = time.GetTimestamp();
        }
    }
}
