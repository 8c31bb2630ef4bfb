using System.Diagnostics.Metrics;

namespace AceProxy.Telemetry;

/// <summary>A counter with one label, whose values are known and are all there from the start: the first of a kind is an increase too.</summary>
internal sealed class LabelledCounter
{
    private readonly Counter<long> _counter;
    private readonly string _label;

    public LabelledCounter(Meter meter, string name, string unit, string description, string label, IEnumerable<string> values)
    {
        (_counter, _label) = (meter.CreateCounter<long>(name, unit, description), label);
        foreach (string value in values)
        {
            Add(value, 0);
        }
    }

    public void Add(string value, long more = 1) => _counter.Add(more, new KeyValuePair<string, object?>(_label, value));
}
