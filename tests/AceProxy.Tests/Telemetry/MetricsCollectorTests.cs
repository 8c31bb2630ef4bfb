using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;
using AceProxy.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AceProxy.Tests.Telemetry;

public sealed class MetricsCollectorTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MetricsCollector _collector;
    private readonly Meter _meter;

    public MetricsCollectorTests()
    {
        IMeterFactory meters = _services.GetRequiredService<IMeterFactory>();
        _collector = new MetricsCollector(meters, NullLogger<MetricsCollector>.Instance);
        _meter = meters.Create("AceProxy.Test");
    }

    public void Dispose()
    {
        _collector.Dispose();
        _services.Dispose();
    }

    [Fact]
    public void Collect_HostileDescriptionAndLabels_AreEscapedForEachFormat()
    {
        Counter<long> counter = _meter.CreateCounter<long>("test.odd-name", "By", "a \\ and a \"quote\"\nand a line");
        counter.Add(2, new KeyValuePair<string, object?>("b.c", "x\\y\"z\n"), new KeyValuePair<string, object?>("a", true));
        counter.Add(3, new KeyValuePair<string, object?>("a", true), new KeyValuePair<string, object?>("b.c", "x\\y\"z\n"));

        Assert.Equal(
            """
            # HELP test_odd_name_bytes_total a \\ and a "quote"\nand a line
            # TYPE test_odd_name_bytes_total counter
            test_odd_name_bytes_total{a="true",b_c="x\\y\"z\n"} 5

            """,
            Collect(isOpenMetrics: false));
        Assert.Equal(
            """
            # TYPE test_odd_name_bytes counter
            # UNIT test_odd_name_bytes bytes
            # HELP test_odd_name_bytes a \\ and a \"quote\"\nand a line
            test_odd_name_bytes_total{a="true",b_c="x\\y\"z\n"} 5
            # EOF

            """,
            Collect(isOpenMetrics: true));
    }

    [Fact]
    public void Collect_Histogram_HasCumulatedBucketsAndEveryBoundBelongsToItsBucket()
    {
        Histogram<double> histogram = _meter.CreateHistogram(
            "test.time", "s", "t", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1, 2.5] });
        Array.ForEach([0.25, 0.5, 1.0, 2.0, 100], value => histogram.Record(value));

        Assert.Equal(
            """
            # HELP test_time_seconds t
            # TYPE test_time_seconds histogram
            test_time_seconds_bucket{le="0.5"} 2
            test_time_seconds_bucket{le="1.0"} 3
            test_time_seconds_bucket{le="2.5"} 4
            test_time_seconds_bucket{le="+Inf"} 5
            test_time_seconds_sum 103.75
            test_time_seconds_count 5

            """,
            Collect(isOpenMetrics: false));
    }

    [Fact]
    public void Collect_WhatIsNotThereAnyMore_IsNotTold()
    {
        List<string> there = ["one", "two"];
        _meter.CreateObservableGauge("test.there", () => there.Select(name => new Measurement<int>(1, new KeyValuePair<string, object?>("name", name))), null, "t");
        Assert.Equal(2, Scrape.Read(Collect(false)).Samples.Count);

        there.Remove("one");

        Assert.Equal(["""test_there{name="two"}"""], Scrape.Read(Collect(false)).Samples.Keys);
        there.Add("one");
        Assert.Equal(2, Scrape.Read(Collect(false)).Samples.Count);
        there.Clear();
        Assert.Empty(Scrape.Read(Collect(false)).Samples);
    }

    [Fact]
    public void Collect_OneInstrumentFails_TheOthersAreTold()
    {
        _meter.CreateObservableGauge("test.bad", int () => throw new InvalidOperationException("no"), null, "t");
        _meter.CreateObservableGauge("test.good", () => 1, null, "t");

        Assert.Equal(1, Scrape.Read(Collect(false)).Samples["test_good"]);
    }

    [Fact]
    public void Record_MoreLabelsThanThereMayBe_AreOneSeries()
    {
        Counter<long> counter = _meter.CreateCounter<long>("test.many", null, "t");
        for (int number = 0; number < 5000; number++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("number", number));
        }

        Scrape scrape = Scrape.Read(Collect(false));
        Assert.Equal(1001, scrape.Samples.Count);
        Assert.Equal(5000, scrape.Sum("test_many_total"));
        Assert.Equal(4000, scrape.Samples["""test_many_total{otel_metric_overflow="true"}"""]);
    }

    [Fact]
    public void Record_FromManyThreads_LosesNothing()
    {
        Counter<long> counter = _meter.CreateCounter<long>("test.count", null, "t");
        Histogram<double> histogram = _meter.CreateHistogram<double>("test.time", "s", "t");
        Parallel.For(0, 8, thread =>
        {
            for (int round = 0; round < 10_000; round++)
            {
                counter.Add(1, new KeyValuePair<string, object?>("thread", thread % 2));
                histogram.Record(round);
            }
        });

        Scrape scrape = Scrape.Read(Collect(false));
        Assert.Equal((80_000, 80_000), (scrape.Sum("test_count_total"), scrape.Sum("test_time_seconds")));
    }

    [Fact]
    public void Record_LabelsThatAreKnown_AllocatesNothing()
    {
        Counter<long> counter = _meter.CreateCounter<long>("test.count", null, "t");
        Histogram<double> histogram = _meter.CreateHistogram<double>("test.time", "s", "t");
        var label = new KeyValuePair<string, object?>("kind", "usual");
        Record();

        Assert.Equal(0, Enumerable.Range(0, 20).Min(_ => Allocated())); // now and then the runtime allocates on our thread for itself

        long Allocated()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int round = 0; round < 1000; round++)
            {
                Record();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        void Record()
        {
            counter.Add(1, label);
            histogram.Record(1);
        }
    }

    [Fact]
    public void Listen_AnotherProgramsMeter_IsNotHeard()
    {
        using ServiceProvider others = new ServiceCollection().AddMetrics().BuildServiceProvider();
        others.GetRequiredService<IMeterFactory>().Create("AceProxy.Test").CreateCounter<long>("test.theirs").Add(1);

        Assert.DoesNotContain("theirs", Collect(false), StringComparison.Ordinal);
    }

    /// <summary>Without what the runtime tells.</summary>
    private string Collect(bool isOpenMetrics)
    {
        var output = new ArrayBufferWriter<byte>();
        _collector.Collect(output, isOpenMetrics);
        IEnumerable<string> lines = Encoding.UTF8.GetString(output.WrittenSpan).Split('\n')
            .Where(line => !line.Contains("dotnet_", StringComparison.Ordinal));
        return string.Join('\n', lines);
    }
}
